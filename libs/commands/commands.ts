import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { EventCodec } from '#libs/contracts';
import {
  type AcceptedCommand,
  AdmissionLimiter,
  type Aggregate,
  type AnyAggregate,
  CommandEngine,
  CommandOutcomeUnknownError,
  type CommandRequest,
  type CommandResult,
  CommandShareError,
  CommandUnavailableError,
  DEFAULT_WRITER_LIMITS,
  NotOwnerError,
  UnsavedBytes,
} from '#libs/event-store/core';
import { KAFKA_CLIENT, KafkaEventLog, LogEnvironment, PartitionOwnership } from '#libs/kafka';
import { type DomainEvent, type Rejection, type Stream, systemClock } from '#libs/kernel';
import { StreamStateRepository } from '#libs/event-store/postgres';
import {
  type ProblemCode,
  ProblemException,
  Readiness,
  SETTINGS,
  type Settings,
  shareProblem,
  TRACING,
  type Tracing,
} from '#libs/platform';
import { tracedCommand } from './command-spans.js';
import { HttpPeers } from './peers/http-peers.js';
import { WriterLog } from './writer-log.js';

export interface RegisteredAggregates {
  /** This process owns partitions of their topics: for each name of a group, the aggregates that are executed together. */
  readonly executed: Readonly<Record<string, readonly AnyAggregate[]>>;
  /** Their commands go to the processes that do. */
  readonly forwarded: readonly AnyAggregate[];
}

/** Injection token of the {@link RegisteredAggregates}. */
export const REGISTERED_AGGREGATES = Symbol('registered-aggregates');

const START_PAUSE_MS = 500;
/** Memory used by a look at a stream. */
const LOOK_BYTES = 500;

// oxlint-disable-next-line typescript/no-explicit-any
type AnyEngine = CommandEngine<any, any, any, any>;

/** The part of an aggregate that gives its streams their type. */
interface StreamsOf<State> {
  readonly topic: string;
  readonly decider: { readonly initialState: State };
}

/**
 * Told of a stream when it has new events, with the trace context of the command that led to them. Must not throw.
 */
export type StreamListener<State> = (stream: Stream<State>, traceparent: string | null) => void;

/** Executes the commands of all registered aggregates for as long as the app runs. */
@Injectable()
export class Commands implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly #engines: ReadonlyMap<string, AnyEngine>;
  readonly #ownerships: readonly PartitionOwnership[];
  readonly #listeners = new Map<string, StreamListener<unknown>>();
  readonly #logger = new Logger('Commands');
  #starting: Promise<unknown> | undefined;
  #stopped = false;
  readonly #topics: number;
  /** Shared by all topics, unless each has a limit of its own. */
  readonly #unsaved: UnsavedBytes | undefined;

  constructor(
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(EventCodec) private readonly codec: EventCodec,
    @Inject(KafkaEventLog) private readonly log: KafkaEventLog,
    @Inject(KAFKA_CLIENT) private readonly kafka: Kafka,
    private readonly store: StreamStateRepository,
    private readonly peers: HttpPeers,
    private readonly observer: WriterLog,
    @Inject(Readiness) readiness: Readiness,
    @Inject(REGISTERED_AGGREGATES) aggregates: RegisteredAggregates,
    @Inject(LogEnvironment) environment: LogEnvironment,
    @Inject(TRACING) private readonly tracing: Tracing,
  ) {
    const { maxInFlight: maxCommands, maxInFlightBytes: maxBytes } = settings.commands;
    const admission = new AdmissionLimiter({ maxCommands, maxBytes });
    const executed = Object.values(aggregates.executed).flat();
    this.#topics = Math.max(1, executed.length);
    if (settings.commands.stateBytes === undefined)
      this.#unsaved = new UnsavedBytes(settings.memory.states / 2);
    this.#engines = new Map(
      [...aggregates.forwarded, ...executed].map((each) => [each.topic, this.#makeEngine(each, admission)]),
    );
    this.#ownerships = Object.entries(aggregates.executed).map(([group, together]) => {
      const topics = together.map(({ topic }) => topic);
      const ownership = this.#makeOwnership(group, topics);
      for (const topic of topics) {
        readiness.add(`${topic}-writer`, () => {
          if (environment.isStopped(topic)) return;
          if (ownership.fault) throw new Error(ownership.fault);
          // The log's own check reports partitions that wait for an operator.
          const waiting = this.#engineOf(topic)
            .partitions.filter(
              ({ partition, ready }) => !ready && !environment.isObstructed(topic, partition),
            )
            .map(({ partition }) => partition);
          if (waiting.length > 0) throw new Error(`not ready for commands: partitions ${waiting.join(', ')}`);
        });
      }
      return ownership;
    });
  }

  /** Starts the engines once Kafka is reachable; commands get 503 until then. */
  onApplicationBootstrap(): void {
    this.#starting = Promise.all([
      ...[...this.#engines.values()].map((engine) => this.#start(engine)),
      ...this.#ownerships.map((ownership) => ownership.start()),
    ]);
  }

  get leaving(): boolean {
    return this.#stopped;
  }

  /** Runs while HTTP still listens, so late commands are forwarded to the new owners. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    await this.#starting;
    await Promise.all([...this.#engines.values()].map((engine) => engine.release()));
    await Promise.all(this.#ownerships.map((ownership) => ownership.stop()));
  }

  /** @throws ProblemException unless the command is accepted */
  async execute<State, Command, Event extends DomainEvent, Refusal extends Rejection<ProblemCode>>(
    aggregate: Aggregate<State, Command, Event, Refusal>,
    request: CommandRequest<Command>,
  ): Promise<AcceptedCommand<State>> {
    const result = await this.send(aggregate, request).catch((error: unknown) => {
      throw commandProblem(error);
    });
    if (!result.ok) throw refusalProblem(result.problem);
    return result.value;
  }

  /** Executes a command for callers without HTTP: a refusal is a result. @throws like {@link CommandEngine.execute} */
  send<State, Command, Event extends DomainEvent, Refusal extends Rejection>(
    aggregate: Aggregate<State, Command, Event, Refusal>,
    request: CommandRequest<Command>,
  ): Promise<CommandResult<State, Refusal>> {
    const engine = this.#engineOf(aggregate.topic) as CommandEngine<State, Command, Event, Refusal>;
    return tracedCommand(this.tracing, aggregate.topic, request, (traced) => engine.execute(traced));
  }

  /**
   * The stream as its owner knows it, after all that is in the log; version 0 if the tenant has none of this id.
   * @throws like {@link CommandEngine.execute}
   */
  async look<State>({ topic }: StreamsOf<State>, streamId: string, tenant: string): Promise<Stream<State>> {
    const engine = this.#engineOf(topic) as CommandEngine<State, undefined, DomainEvent, Rejection>;
    const result = await engine.execute(lookRequest(streamId, tenant));
    if (!result.ok) throw new Error(result.problem.detail);
    return result.value.stream;
  }

  /**
   * A stream that may have moved on, for what never changes once it exists. One that is in memory costs nothing; another is
   * looked at.
   * @throws like {@link look}
   */
  async recall<State>(of: StreamsOf<State>, streamId: string, tenant: string): Promise<Stream<State>> {
    const engine = this.#engineOf(of.topic) as CommandEngine<State, undefined, DomainEvent, Rejection>;
    return engine.recall(streamId, tenant) ?? this.look(of, streamId, tenant);
  }

  /** Calls back whenever this process has appended events of the aggregate. */
  onAdvanced<State>({ topic }: StreamsOf<State>, listener: StreamListener<State>): void {
    this.#listeners.set(topic, listener as StreamListener<unknown>);
  }

  /** Whether this process executes the commands of a stream, and is ready to. */
  owns(topic: string, streamId: string): boolean {
    return this.#engineOf(topic).owns(streamId);
  }

  /** An id for a new stream whose commands this process executes itself, where that is possible. */
  newStreamId({ topic }: Pick<AnyAggregate, 'topic'>): string {
    return this.#engineOf(topic).newStreamId();
  }

  /** Executes a command forwarded by another process. @throws like {@link CommandEngine.executeForwarded} */
  async executeForwarded(
    topic: string,
    request: CommandRequest<unknown>,
    timeLeftMs: number,
  ): Promise<CommandResult<unknown>> {
    if (!this.#engines.has(topic)) throw new NotOwnerError();
    const engine = this.#engineOf(topic);
    const execute = (traced: typeof request) => engine.executeForwarded(traced, timeLeftMs);
    return request.isLook ? execute(request) : tracedCommand(this.tracing, topic, request, execute);
  }

  #engineOf(topic: string): AnyEngine {
    const engine = this.#engines.get(topic);
    if (!engine) throw new Error(`the aggregate of ${topic} is not registered`);
    return engine;
  }

  /** By default all topics share the memory for states. Caches fill up, so each has a part; unsaved states come and go. */
  #stateBytes() {
    const { stateBytes } = this.settings.commands;
    if (stateBytes !== undefined) return { stateBytes };
    const { states } = this.settings.memory;
    return { stateBytes: states, cachedBytes: states / 2 / this.#topics };
  }

  #makeEngine(aggregate: AnyAggregate, admission: AdmissionLimiter): AnyEngine {
    const { settings, log, store, peers, observer } = this;
    const { topic } = aggregate;
    return new CommandEngine({
      aggregate,
      log,
      store,
      peers,
      admission,
      observer,
      advanced: (stream, traceparent) => this.#listeners.get(topic)?.(stream, traceparent),
      encode: (event) => this.codec.encode(event),
      clock: systemClock,
      random: Math.random,
      limits: { ...DEFAULT_WRITER_LIMITS, ...(this.#unsaved && { together: this.#unsaved }) },
      commandTimeoutMs: settings.commands.timeoutMs,
      ...this.#stateBytes(),
    });
  }

  #makeOwnership(group: string, topics: readonly string[]): PartitionOwnership {
    const idOf = (name: string): string => `${this.settings.kafka.groupPrefix}-commands-${name}`;
    return new PartitionOwnership({
      kafka: this.kafka,
      groupId: idOf(group),
      // Older versions have a group for each topic.
      formerGroupIds: topics.filter((topic) => topic !== group).map(idOf),
      topics: async (isNews) => {
        const inUse = await this.log.topicsInUse(topics, isNews);
        // An engine has to know its partitions before they are assigned.
        await Promise.all(inUse.map((topic) => this.#engineOf(topic).start()));
        return inUse;
      },
      assigned: ({ topic, partition }, confirmed) => this.#engineOf(topic).assigned(partition, confirmed),
      revoked: ({ topic, partition }) => void this.#engineOf(topic).revoked(partition),
    });
  }

  async #start(engine: AnyEngine): Promise<void> {
    let fault = '';
    while (!this.#stopped) {
      try {
        return await engine.start();
      } catch (error) {
        const { message } = error as Error;
        // Log each cause once rather than on every attempt.
        if (message !== fault) this.#logger.warn(`commands cannot be accepted yet: ${message}`);
        fault = message;
        await systemClock.sleep(START_PAUSE_MS);
      }
    }
  }
}

const lookRequest = (streamId: string, tenant: string): CommandRequest<undefined> => ({
  streamId,
  tenant,
  command: undefined,
  isLook: true,
  isFollowUp: true,
  bytes: LOOK_BYTES,
  actor: '',
  commandId: undefined,
  requestHash: null,
  correlationId: '',
  causationId: null,
  traceparent: null,
});

const refusalProblem = ({ code, detail }: Rejection<ProblemCode>): ProblemException =>
  new ProblemException(code, detail);

/** Turns an engine error into a response; other errors pass through. */
export function commandProblem(error: unknown): unknown {
  if (error instanceof CommandShareError) return shareProblem('tenant', 'commands in flight');
  if (error instanceof CommandUnavailableError) {
    return new ProblemException('unavailable', error.message, { cause: error });
  }
  if (error instanceof CommandOutcomeUnknownError) {
    return new ProblemException('outcome-unknown', error.message, { cause: error });
  }
  return error;
}
