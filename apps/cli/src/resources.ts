import { SingleBar } from 'cli-progress';
import { EventCodec } from '#libs/contracts';
import {
  type KafkaEventLog,
  LogEnvironment,
  type LogMemory,
  LogSchemas,
  makeEventLog,
  makeKafka,
  RegistryClient,
  withKafkaProtocol,
} from '#libs/kafka';
import { retryWhileUnavailable, systemClock } from '#libs/kernel';
import { LogMemoryRepository } from '#libs/operations/postgres';
import type { Settings } from '#libs/platform';
import { makePrisma, type PooledPrisma } from '#libs/postgres';

/**
 * Opens the log for the duration of the work.
 * @param patience waits up to a minute for a log that does not answer, unless it aborts. Default: such a log fails at once
 */
export const withEventLog = <Result>(
  settings: Settings,
  work: (log: KafkaEventLog) => Promise<Result>,
  patience?: AbortSignal,
): Promise<Result> =>
  withKafkaProtocol(settings.kafka, async (protocol) => {
    const registry = new RegistryClient(settings.kafka.registry);
    const environment = new LogEnvironment(protocol, registry);
    const codec = new EventCodec(new LogSchemas(environment, registry));
    // A reader must know which events an operator has skipped before it reads any.
    const refresh = () => environment.refreshed();
    await (patience ? retryWhileUnavailable(refresh, PORTS, patience) : refresh());
    return work(makeEventLog(makeKafka(settings), protocol, codec, settings, environment));
  });

const PORTS = { clock: systemClock, random: Math.random };

/** Connects to the database for the duration of the work. */
export async function withDatabase<Result>(
  { database }: Settings,
  work: (prisma: PooledPrisma) => Promise<Result>,
): Promise<Result> {
  const prisma = makePrisma({ ...database, poolSize: 1 });
  try {
    return await work(prisma);
  } finally {
    await prisma.$disconnect();
  }
}

/** Gives the work the positions that the database remembers: none if it is down or not deployed yet. */
export async function withLogMemory<Result>(
  settings: Settings,
  work: (memory: LogMemory) => Promise<Result>,
): Promise<Result> {
  return withDatabase(settings, (prisma) => {
    const repository = new LogMemoryRepository(prisma);
    return work({
      reached: () => repository.reached().catch(() => []),
      newestEvents: () => repository.newestEvents().catch(() => []),
    });
  });
}

/** Gives the work a signal that aborts at Ctrl-C or SIGTERM, in place of ending the process. */
export async function interruptible<Result>(
  work: (signal: AbortSignal) => Promise<Result>,
  reason?: Error,
): Promise<Result> {
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(reason);
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    return await work(stop.signal);
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** A bar on the terminal, which starts when it first shows something. */
export class ProgressBar {
  readonly #bar: SingleBar;

  /** @param options of `cli-progress` */
  constructor(options: ConstructorParameters<typeof SingleBar>[0]) {
    this.#bar = new SingleBar({ hideCursor: true, ...options });
  }

  show(done: number, total: number, payload: Record<string, string> = {}): void {
    if (!this.#bar.isActive) return this.#bar.start(total, done, payload);
    this.#bar.setTotal(total);
    this.#bar.update(done, payload);
  }

  end(): void {
    if (this.#bar.isActive) this.#bar.stop();
  }
}
