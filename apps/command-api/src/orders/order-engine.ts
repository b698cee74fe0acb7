import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
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

/** The command engine of orders, with the life of the app. */
@Injectable()
export class OrderEngine implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #engine: CommandEngine<OrderState, OrderCommand, OrderEvent, OrderRejection>;
  #starting: Promise<void> | undefined;
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
      if (!this.#engine.ready) throw new Error('not every partition of orders is ready for commands');
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
        return;
      } catch {
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
  }
}
