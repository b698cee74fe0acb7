import { setTimeout as sleep } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { EventCodec } from '#libs/contracts';
import { type Accepted, CommandEngine, type CommandRequest, DEFAULT_WRITER_LIMITS } from '#libs/event-store';
import { KafkaEventLog } from '#libs/event-store-kafka';
import { systemClock } from '#libs/kernel';
import {
  type OrderCommand,
  orderDecider,
  type OrderEvent,
  type OrderRejection,
  type OrderState,
} from '#libs/orders';
import { Readiness, SETTINGS, type Settings } from '#libs/platform';
import { commandProblem, refusalProblem } from '../commands/command-problem.js';
import { WriterLog } from '../commands/writer-log.js';

const START_PAUSE_MS = 500;

/** The command engine of orders, with the life of the app. */
@Injectable()
export class OrderEngine implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #engine: CommandEngine<OrderState, OrderCommand, OrderEvent, OrderRejection>;
  readonly #logger = new Logger('OrderEngine');
  #starting: Promise<void> | undefined;
  /** Why the engine has not started, if so. */
  #fault: string | undefined;
  #stopped = false;

  constructor(
    @Inject(SETTINGS) settings: Settings,
    @Inject(EventCodec) codec: EventCodec,
    @Inject(KafkaEventLog) log: KafkaEventLog,
    @Inject(Readiness) readiness: Readiness,
    @Inject(WriterLog) observer: WriterLog,
  ) {
    const { timeoutMs: commandTimeoutMs, maxQueued } = settings.commands;
    this.#engine = new CommandEngine(
      { topic: 'orders', decider: orderDecider },
      log,
      (event) => codec.encode(event),
      systemClock,
      { ...DEFAULT_WRITER_LIMITS, commandTimeoutMs, maxQueued },
      observer,
    );
    readiness.add('orders-writer', () => {
      if (!this.#engine.ready)
        throw new Error(this.#fault ?? 'not every partition of orders is ready for commands');
    });
  }

  /** Kafka may come after the app: the engine starts when it does, and commands are answered with 503 until then. */
  onApplicationBootstrap(): void {
    this.#starting = this.#start();
  }

  /** Runs after the HTTP server has closed: nobody waits for an answer any more. */
  async onApplicationShutdown(): Promise<void> {
    this.#stopped = true;
    await this.#starting;
    await this.#engine.stop();
  }

  /** @throws ProblemException for everything but an accepted command. */
  async execute(request: CommandRequest<OrderCommand>): Promise<Accepted<OrderState>> {
    const result = await this.#engine.execute(request).catch((error: unknown) => {
      throw commandProblem(error);
    });
    if (!result.ok) throw refusalProblem(result.problem);
    return result.value;
  }

  async #start(): Promise<void> {
    while (!this.#stopped) {
      try {
        await this.#engine.start();
        this.#fault = undefined;
        return;
      } catch (error) {
        const { message } = error as Error;
        // Once for each cause, not twice a second.
        if (message !== this.#fault) this.#logger.warn(`commands cannot be taken yet: ${message}`);
        this.#fault = message;
        await sleep(START_PAUSE_MS);
      }
    }
  }
}
