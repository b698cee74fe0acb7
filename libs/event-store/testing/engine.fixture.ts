import { InMemoryEventLog } from './in-memory-event-log.js';
import { LogUnavailableError, type Rejection, systemClock } from '#libs/kernel';
import { type CommandRequest, type CommandResult, NotOwnerError } from '../core/command.js';
import {
  type Add,
  type Added,
  type CounterRejection,
  type CounterState,
  counterDecider,
} from './counter.fixture.js';
import {
  AppendError,
  type EncodeEvent,
  type EventLog,
  type PartitionAppender,
} from '../core/log/event-log.js';
import { InMemoryStateStore } from './in-memory-state-store.js';
import type { StateStore } from '../core/states/state-store.js';
import { DEFAULT_WRITER_LIMITS, type WriterObserver } from '../core/writer/writer-settings.js';
import { CommandEngine, type CommandPeers, type EngineParts } from '../core/engine/command-engine.js';
import { AdmissionLimiter } from '../core/engine/admission-limiter.js';

export type CounterEngine = CommandEngine<CounterState, Add, Added, CounterRejection>;
type CounterParts = EngineParts<CounterState, Add, Added, CounterRejection>;

export type InMemoryFault = 'rejected' | 'fenced' | 'lost-answer' | 'lost-request' | 'hang';

/** An in-memory log that can be down, and whose next appends fail on demand. */
export class FaultyLog extends InMemoryEventLog implements EventLog {
  faults: InMemoryFault[] = [];
  away = false;
  claims = 0;

  override appender(topic: string, partition: number): PartitionAppender {
    const inner = super.appender(topic, partition);
    return {
      renewalDue: false,
      claim: async () => {
        if (this.away) throw new LogUnavailableError('away');
        this.claims++;
        return inner.claim();
      },
      confirm: () => inner.confirm(),
      close: () => inner.close(),
      append: async (events) => {
        const fault = this.faults.shift();
        if (fault === 'hang') return new Promise(() => undefined);
        if (fault === 'rejected' || fault === 'fenced') throw new AppendError(fault, fault);
        const base = fault === 'lost-request' ? -1 : await inner.append(events);
        if (fault) throw new AppendError('unknown', fault);
        return base;
      },
    };
  }
}

export const silent: WriterObserver = {
  recovering: () => undefined,
  repeated: () => undefined,
  recovered: () => undefined,
  appended: () => undefined,
  failed: () => undefined,
  storeFailed: () => undefined,
  released: () => undefined,
};

/** Connects engines like processes; the last to announce a partition owns it. */
export class LocalPeers {
  readonly #owners = new Map<number, CounterEngine>();

  of(engine: () => CounterEngine): CommandPeers {
    return {
      announce: (_topic, partition) => void this.#owners.set(partition, engine()),
      forward: async <Command, State, Refusal extends Rejection>(
        _topic: string,
        partition: number,
        request: CommandRequest<Command>,
        deadline: number,
      ) => {
        const owner = this.#owners.get(partition);
        if (!owner || owner === engine()) throw new NotOwnerError();
        const result = await owner.executeForwarded(
          request as unknown as CommandRequest<Add>,
          deadline - systemClock.now(),
        );
        return result as unknown as CommandResult<State, Refusal>;
      },
    };
  }
}

export interface EngineOptions extends Partial<Omit<CounterParts, 'limits' | 'store'>> {
  readonly limits?: Partial<CounterParts['limits']>;
  readonly store?: StateStore;
  readonly localPeers?: LocalPeers;
  /** Initially assigned partitions; all by default. */
  readonly partitions?: readonly number[];
}

export interface CounterLog extends EventLog {
  readonly topic: string;
  readonly encode: EncodeEvent;
}

/** The parts of an engine that no test is about. */
export const plainParts = () => ({
  clock: systemClock,
  random: Math.random,
  observer: silent,
  store: new InMemoryStateStore(),
  admission: new AdmissionLimiter({ maxCommands: 10_000, maxBytes: 10_000_000 }),
  stateBytes: 10_000_000,
});

export async function startEngine(
  log: CounterLog,
  { localPeers = new LocalPeers(), ...options }: EngineOptions = {},
): Promise<CounterEngine> {
  const engine: CounterEngine = new CommandEngine({
    ...plainParts(),
    aggregate: { topic: log.topic, decider: counterDecider },
    log,
    encode: log.encode,
    peers: localPeers.of(() => engine),
    commandTimeoutMs: 300,
    ...options,
    limits: { ...DEFAULT_WRITER_LIMITS, sweepMs: 10, maxRecoveryPauseMs: 50, ...options.limits },
  });
  await engine.start();
  const all = Array.from({ length: await log.partitionCount(log.topic) }, (_, partition) => partition);
  for (const partition of options.partitions ?? all) engine.assigned(partition, () => Promise.resolve());
  return engine;
}

/** The engines that a test has started. */
export class StartedEngines {
  #engines: CounterEngine[] = [];

  readonly start = async (log: CounterLog, options: EngineOptions = {}): Promise<CounterEngine> => {
    const engine = await startEngine(log, options);
    this.#engines.push(engine);
    return engine;
  };

  async release(): Promise<void> {
    await Promise.all(this.#engines.splice(0).map((engine) => engine.release()));
  }

  /** Leaves them unreleased, because a hanging writer's release would never end. */
  abandon(): void {
    this.#engines = [];
  }
}

/** Versions of a stream's events in partition 0, in log order. */
export const versionsOf = (log: FaultyLog, streamId: string): number[] =>
  log
    .events(0)
    .filter(({ metadata }) => metadata.streamId === streamId)
    .map(({ metadata }) => metadata.version);
