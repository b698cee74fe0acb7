import {
  applyEvent,
  type Decider,
  type DomainEvent,
  emptyStream,
  type RecordedEvent,
  type Stream,
} from '#libs/kernel';
import type { ExpectationContext } from './expectation.js';

const HASHES = 2 ** 32;

/** FNV-1a: it only has to distribute. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  // The upper bits of FNV hardly depend on the last letters.
  return Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d) >>> 0;
}

/**
 * Folds the streams of a partition, in each pass those whose hash lies in one slice. If they exceed the memory bound, the
 * slice is halved, and the streams outside of it follow in a later pass.
 */
export class SlicedStreams<State, Event extends DomainEvent> {
  #from = 0;
  #until = HASHES;
  readonly #streams = new Map<string, Stream<State>>();

  constructor(
    private readonly decider: Pick<Decider<State, never, Event>, 'initialState' | 'evolve'>,
    private readonly context: Pick<ExpectationContext, 'hasGaps' | 'maxStreams'>,
  ) {}

  /** @throws if the event is not the next of its stream and no events were skipped */
  apply(event: RecordedEvent): void {
    const { streamId, version } = event.metadata;
    const hash = hashOf(streamId);
    if (hash < this.#from || hash >= this.#until) return;
    const known = this.#streams.get(streamId);
    const stream = known ?? emptyStream(this.decider.initialState);
    const isGap = this.context.hasGaps && version > stream.version + 1;
    // A stream whose first event was skipped does not exist.
    if (isGap && !known) return;
    const before = isGap ? { ...stream, version: version - 1 } : stream;
    this.#streams.set(streamId, applyEvent(this.decider, before, event as RecordedEvent<Event>));
    if (!known) this.#keepWithinBounds();
  }

  /** The streams of this pass. */
  entries(): Iterable<[streamId: string, stream: Stream<State>]> {
    return this.#streams;
  }

  /** Starts the next pass. @returns whether one is needed */
  needsAnotherPass(): boolean {
    const width = this.#until - this.#from;
    this.#streams.clear();
    this.#from = this.#until;
    this.#until = Math.min(HASHES, this.#from + width);
    return this.#from < HASHES;
  }

  #keepWithinBounds(): void {
    while (this.#streams.size > this.context.maxStreams && this.#until - this.#from > 1) {
      this.#until = this.#from + Math.ceil((this.#until - this.#from) / 2);
      for (const streamId of this.#streams.keys()) {
        if (hashOf(streamId) >= this.#until) this.#streams.delete(streamId);
      }
    }
  }
}
