import type { Clock, DomainEvent, Rejection } from '#libs/kernel';
import type { Aggregate } from './aggregate.js';
import { type CommandRequest, type CommandResult, CommandUnavailableError } from './command.js';
import type { EncodeEvent, EventLog } from './event-log.js';
import { PartitionWriter } from './partition-writer.js';
import type { WriterLimits, WriterObserver } from './writer-settings.js';

/**
 * Takes the commands of one aggregate type and answers when their events are durable, deciding on states that were
 * folded from the log. Commands of one stream take effect one after the other.
 */
export class CommandEngine<State, Command, Event extends DomainEvent, Refusal extends Rejection> {
  #writers: readonly PartitionWriter<State, Command, Event, Refusal>[] = [];

  constructor(
    private readonly aggregate: Aggregate<State, Command, Event, Refusal>,
    private readonly log: EventLog,
    private readonly encode: EncodeEvent,
    private readonly clock: Clock,
    private readonly limits: WriterLimits,
    private readonly observer: WriterObserver,
  ) {}

  /** Claims and reads in the background; until a partition is ready, its commands wait for it. */
  async start(): Promise<void> {
    const { log, aggregate } = this;
    const count = await log.partitionCount(aggregate.topic);
    this.#writers = Array.from(
      { length: count },
      (_, partition) =>
        new PartitionWriter(aggregate, partition, log, this.encode, this.clock, this.limits, this.observer),
    );
    for (const writer of this.#writers) writer.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.#writers.map((writer) => writer.stop()));
  }

  /** Whether every partition can take commands now. */
  get ready(): boolean {
    return this.#writers.length > 0 && this.#writers.every((writer) => writer.ready);
  }

  /** @throws CommandUnavailableError, CommandOutcomeUnknownError, EventEncodingError (by rejection) */
  async execute(request: CommandRequest<Command>): Promise<CommandResult<State, Refusal>> {
    const writer = this.#writers[this.log.partitionOf(request.streamId, this.#writers.length || 1)];
    if (!writer) throw new CommandUnavailableError('The server is starting.');
    return writer.submit(request);
  }
}
