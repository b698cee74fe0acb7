import type { Random, RecordedEvent } from '#libs/kernel';
import { type Add, addTo, counterDecider } from './counter.fixture.js';
import type { CommandRequest } from '../core/command.js';
import { applyToRecord, emptyRecord, type StreamRecord } from '../core/states/stream-record.js';
import { recordFromJson } from '../core/states/stream-record-json.js';
import type { CommandAttempt } from './attempts.fixture.js';
import { type CounterEngine, LocalPeers, startEngine } from './engine.fixture.js';
import { FakeConsumerGroup } from './consumer-group.fixture.js';
import {
  ENGINES,
  PARTITION_COUNT,
  type SentCommand,
  type SimulationSizes,
  type SimulationStep,
  STREAMS,
} from './simulation-steps.fixture.js';
import { type Delay, UnsteadyLog } from './unsteady-log.fixture.js';
import { InMemoryStateStore } from './in-memory-state-store.js';
import type { StateStore, StoredState, WriterClaim } from '../core/states/state-store.js';

const COMMAND_TIMEOUT_MS = 300;

/** Several engines on one log and one store, with everything that clients observed. */
export class EngineSimulation {
  readonly log: UnsteadyLog;
  readonly store: UnsteadyStore;
  readonly attempts: CommandAttempt[] = [];
  readonly #peers = new LocalPeers();
  readonly #random: Random;
  readonly #delay: Delay;
  #group!: FakeConsumerGroup;
  #clock = 0;

  constructor(
    private readonly sizes: SimulationSizes,
    seed: number,
  ) {
    this.#random = seededRandom(seed);
    this.#delay = someDelay(this.#random);
    this.log = new UnsteadyLog(PARTITION_COUNT, this.#delay);
    this.store = new UnsteadyStore(this.#delay);
  }

  async start(): Promise<void> {
    const engines: CounterEngine[] = [];
    while (engines.length < ENGINES) engines.push(await this.#startEngine());
    this.#group = new FakeConsumerGroup(engines);
    for (let partition = 0; partition < PARTITION_COUNT; partition++)
      this.#group.give(partition, partition % ENGINES);
  }

  async take(step: SimulationStep): Promise<void> {
    const { log, store } = this;
    if (step.kind === 'send') for (const command of step.commands) this.#send(command);
    if (step.kind === 'wait') await pass(step.ms);
    if (step.kind === 'faults') log.faults.push(...step.faults);
    if (step.kind === 'restart') await this.#group.restart(step.engine, () => this.#startEngine());
    if (step.kind === 'move') this.#group.give(step.partition, step.to, step);
    if (step.kind === 'wake') this.#group.wakeAll();
    if (step.kind === 'empty-store') store.clear();
    if (step.kind === 'lose-answers-of-store') store.lostAnswers++;
    if (step.kind === 'store-away') store.away = step.away;
    if (step.kind === 'log-away') log.away = step.away;
  }

  /** Ends all faults and tells every engine its partitions. */
  heal(): void {
    this.log.faults = [];
    this.log.away = this.store.away = false;
    this.store.lostAnswers = 0;
    this.#group.wakeAll();
  }

  /** Replaces the engines by a single new one, on the same store. */
  async startOver(): Promise<void> {
    await this.stop();
    this.#group = new FakeConsumerGroup([await this.#startEngine()]);
    for (let partition = 0; partition < PARTITION_COUNT; partition++) this.#group.give(partition, 0);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#group.engines.map((engine) => engine.release()));
  }

  /** Waits until every command must have been answered. */
  async quiesce(): Promise<void> {
    await pass(COMMAND_TIMEOUT_MS * 3);
  }

  /** Sends a command until it is accepted. @returns the resulting version and total */
  async probe(stream: number): Promise<{ version: number; total: number }> {
    let error: unknown;
    for (let attempt = 0; attempt < 20; attempt++) {
      const engine = this.#group.engines[attempt % this.#group.engines.length] as CounterEngine;
      try {
        const result = await engine.execute(addTo(STREAMS[stream] ?? '', 0, { correlationId: 'probe' }));
        if (!result.ok) throw new Error(result.problem.code);
        return { version: result.value.stream.version, total: result.value.stream.state.total };
      } catch (why) {
        error = why;
      }
      await pass(50);
    }
    throw error;
  }

  historyOf(stream: number): RecordedEvent[] {
    return this.log.everything.filter(({ metadata }) => metadata.streamId === STREAMS[stream]);
  }

  /** The streams of each partition, from the store and from the log up to the same checkpoint. */
  async stored() {
    const partitions = Array.from({ length: PARTITION_COUNT }, (_, partition) => partition);
    return Promise.all(
      partitions.map(async (partition) => {
        const { checkpoint = 0, states } = await this.store.load(this.log.topic, partition, STREAMS);
        const stored = new Map(states.map(({ streamId, json }) => [streamId, recordFromJson(json)]));
        return { stored, told: folded(this.log.events(partition), checkpoint) };
      }),
    );
  }

  #startEngine(): Promise<CounterEngine> {
    const { log, store, sizes } = this;
    const { stateBytes, ...limits } = sizes;
    return startEngine(log, {
      store,
      random: this.#random,
      stateBytes,
      localPeers: this.#peers,
      partitions: [],
      commandTimeoutMs: COMMAND_TIMEOUT_MS,
      limits,
    });
  }

  #send(command: SentCommand): void {
    const request = this.#requestOf(command);
    const version = () => this.historyOf(command.stream).length;
    const attempt: CommandAttempt = {
      request,
      startedAt: this.#clock++,
      endedAt: Number.NaN,
      versions: { from: version(), to: Number.NaN },
      outcome: undefined,
    };
    this.attempts.push(attempt);
    const engine = this.#group.engines[command.engine] as CounterEngine;
    void engine
      .execute(request)
      .then(
        (result) => ({ result }),
        (error: unknown) => ({ error: (error as Error).name }),
      )
      .then((outcome) => {
        attempt.outcome = outcome;
        attempt.endedAt = this.#clock++;
        attempt.versions.to = version();
      });
  }

  #requestOf({ stream, amount, key, expected, ...rest }: SentCommand): CommandRequest<Add> {
    const version = this.historyOf(stream).length;
    return addTo(STREAMS[stream] ?? '', key === undefined ? amount : key + 1, {
      correlationId: `#${this.attempts.length}`,
      tenant: rest.otherTenant ? 'other' : 't',
      ...(expected !== undefined && { expectedVersion: Math.max(0, version + expected) }),
      ...(key !== undefined &&
        (rest.ofProcess
          ? { commandId: `process ${key}`, requestHash: null }
          : { commandId: `key-${key}`, requestHash: rest.otherRequest ? 'other' : 'hash' })),
    });
  }
}

/** Folds the events before the checkpoint. */
function folded(events: readonly RecordedEvent[], checkpoint: number): Map<string, StreamRecord<unknown>> {
  const records = new Map<string, StreamRecord<unknown>>();
  for (const event of events) {
    const { streamId } = event.metadata;
    const { offset } = event.position;
    const before = records.get(streamId) ?? emptyRecord<unknown>(counterDecider.initialState);
    if (offset < checkpoint)
      records.set(streamId, applyToRecord(counterDecider as never, before, event, offset));
  }
  return records;
}

export const pass = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms);
  });

/** Gives the same numbers in each run with the same seed. */
function seededRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Waits 0 to 3 ms. */
function someDelay(random: Random): Delay {
  return async () => {
    const ms = Math.floor(random() * 4);
    if (ms > 0) await pass(ms);
  };
}

/** A store that behaves like a database: calls take time, it is down at times, and answers may get lost. */
class UnsteadyStore extends InMemoryStateStore implements StateStore {
  constructor(private readonly delay: Delay) {
    super();
  }

  override open(claim: WriterClaim): Promise<number> {
    return this.#reach(() => super.open(claim));
  }

  override load(topic: string, partition: number, streamIds: readonly string[]) {
    return this.#reach(() => super.load(topic, partition, streamIds));
  }

  override save(claim: WriterClaim, from: number, to: number, states: readonly StoredState[]) {
    return this.#reach(() => super.save(claim, from, to, states));
  }

  async #reach<Answer>(act: () => Promise<Answer>): Promise<Answer> {
    await this.delay();
    if (this.away) throw new Error('the store is away');
    const answer = await act();
    await this.delay();
    return answer;
  }
}
