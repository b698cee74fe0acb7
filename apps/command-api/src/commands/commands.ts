import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { EventCodec } from '#libs/contracts';
import {
  type Accepted,
  type Aggregate,
  type AnyAggregate,
  CommandEngine,
  type CommandRequest,
  DEFAULT_WRITER_LIMITS,
} from '#libs/event-store';
import { KafkaEventLog } from '#libs/event-store-kafka';
import { type DomainEvent, type Rejection, systemClock } from '#libs/kernel';
import { Readiness, SETTINGS, type Settings } from '#libs/platform';
import { AGGREGATES } from '../aggregates.js';
import { commandProblem, refusalProblem } from './command-problem.js';
import { WriterLog } from './writer-log.js';

const START_PAUSE_MS = 500;

// oxlint-disable-next-line typescript/no-explicit-any
type AnyEngine = CommandEngine<any, any, any, any>;

/** Takes the commands of every aggregate, with the life of the app. */
@Injectable()
export class Commands implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #engines: ReadonlyMap<AnyAggregate, AnyEngine>;
  readonly #logger = new Logger('Commands');
  #starting: Promise<unknown> | undefined;
  #stopped = false;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(EventCodec) codec: EventCodec,
    @Inject(KafkaEventLog) log: KafkaEventLog,
    @Inject(Readiness) readiness: Readiness,
    @Inject(WriterLog) observer: WriterLog,
  ) {
    const { timeoutMs: commandTimeoutMs, maxQueued } = settings.commands;
    const limits = { ...DEFAULT_WRITER_LIMITS, commandTimeoutMs, maxQueued };
    this.#engines = new Map(
      AGGREGATES.map((aggregate) => [
        aggregate,
        new CommandEngine(aggregate, log, (event) => codec.encode(event), systemClock, limits, observer),
      ]),
    );
    for (const [{ topic }, engine] of this.#engines) {
      readiness.add(`${topic}-writer`, () => {
        if (!engine.ready) throw new Error(`not every partition of ${topic} is ready for commands`);
      });
    }
  }

  /** Kafka may come after the app: the engines start when it does, and commands are answered with 503 until then. */
  onApplicationBootstrap(): void {
    this.#starting = Promise.all([...this.#engines.values()].map((engine) => this.#start(engine)));
  }

  /** Runs after the HTTP server has closed: nobody waits for an answer any more. */
  async onApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    await this.#starting;
    await Promise.all([...this.#engines.values()].map((engine) => engine.stop()));
  }

  /** @throws ProblemException for everything but an accepted command. */
  async execute<State, Command, Event extends DomainEvent, Refusal extends Rejection>(
    aggregate: Aggregate<State, Command, Event, Refusal>,
    request: CommandRequest<Command>,
  ): Promise<Accepted<State>> {
    const engine = this.#engines.get(aggregate) as CommandEngine<State, Command, Event, Refusal> | undefined;
    if (!engine) throw new Error(`the aggregate of ${aggregate.topic} is not registered`);
    const result = await engine.execute(request).catch((error: unknown) => {
      throw commandProblem(error);
    });
    if (!result.ok) throw refusalProblem(result.problem);
    return result.value;
  }

  async #start(engine: AnyEngine): Promise<void> {
    let fault = '';
    while (!this.#stopped) {
      try {
        return await engine.start();
      } catch (error) {
        const { message } = error as Error;
        // Once for each cause, not twice a second.
        if (message !== fault) this.#logger.warn(`commands cannot be taken yet: ${message}`);
        fault = message;
        await sleep(START_PAUSE_MS);
      }
    }
  }
}
