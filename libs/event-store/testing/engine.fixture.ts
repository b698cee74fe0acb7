import { type Rejection, systemClock } from '#libs/kernel';
import { type CommandRequest, type CommandResult, NotOwnerError } from '../core/command.js';
import {
  type Add,
  type Added,
  type CounterRejection,
  type CounterState,
  counterDecider,
} from './counter.fixture.js';
import { InMemoryStateStore } from './in-memory-state-store.js';
import type { StateStore } from '../core/states/state-store.js';
import { DEFAULT_WRITER_LIMITS, type WriterObserver } from '../core/writer/writer-settings.js';
import { CommandEngine, type CommandPeers, type EngineParts } from '../core/engine/command-engine.js';
import { AdmissionLimiter } from '../core/engine/admission-limiter.js';
import type { UnsteadyLog } from './unsteady-log.fixture.js';

export type CounterEngine = CommandEngine<CounterState, Add, Added, CounterRejection>;
type CounterParts = EngineParts<CounterState, Add, Added, CounterRejection>;

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
  log: UnsteadyLog,
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
    limits: {
      ...DEFAULT_WRITER_LIMITS,
      sweepMs: 10,
      renewalLookMs: 10,
      maxRecoveryPauseMs: 50,
      ...options.limits,
    },
  });
  await engine.start();
  const all = Array.from({ length: await log.partitionCount() }, (_, partition) => partition);
  for (const partition of options.partitions ?? all) engine.assigned(partition, () => Promise.resolve());
  return engine;
}

/** The engines that a test has started. */
export class StartedEngines {
  #engines: CounterEngine[] = [];

  readonly start = async (log: UnsteadyLog, options: EngineOptions = {}): Promise<CounterEngine> => {
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
export const versionsOf = (log: UnsteadyLog, streamId: string): number[] =>
  log
    .events(0)
    .filter(({ metadata }) => metadata.streamId === streamId)
    .map(({ metadata }) => metadata.version);
