import {
  applyEvent,
  type Decider,
  type DomainEvent,
  emptyStream,
  type RecordedEvent,
  type Stream,
} from '#libs/kernel';

export interface StreamEntry<State> {
  readonly stream: Stream<State>;
  /** Offset of the stream's last event; -1 while it has none. */
  readonly lastOffset: number;
}

/** The streams of one partition as the log tells them, and how far it has been read. */
export class StreamStates<State, Event extends DomainEvent> {
  readonly #entries = new Map<string, StreamEntry<State>>();
  #nextOffset = 0;

  constructor(private readonly decider: Pick<Decider<State, never, Event>, 'initialState' | 'evolve'>) {}

  /** Where the next event of the partition is expected. */
  get nextOffset(): number {
    return this.#nextOffset;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(streamId: string): StreamEntry<State> {
    return this.#entries.get(streamId) ?? { stream: emptyStream(this.decider.initialState), lastOffset: -1 };
  }

  /** Folds events in that are known to be in the log. */
  apply(events: readonly RecordedEvent[]): void {
    for (const event of events) {
      const { streamId } = event.metadata;
      const stream = applyEvent(this.decider, this.get(streamId).stream, event as RecordedEvent<Event>);
      this.#entries.set(streamId, { stream, lastOffset: event.position.offset });
      this.#nextOffset = event.position.offset + 1;
    }
  }

  /** Passes over offsets that hold no event, such as Kafka's control records. */
  advanceTo(offset: number): void {
    this.#nextOffset = Math.max(this.#nextOffset, offset);
  }
}
