import {
  applyEvent,
  type Decider,
  type DomainEvent,
  emptyStream,
  type RecordedEvent,
  type Stream,
} from '#libs/kernel';
import type { StepContext } from './runtime/projection.js';

/** The streams that a batch touches and does not begin, each once: what was before it matters for these. */
export function oldStreamIdsOf(events: readonly RecordedEvent[]): string[] {
  const begun = new Set<string>();
  const old = new Set<string>();
  for (const { metadata } of events) {
    const { streamId, version } = metadata;
    if (version === 1) begun.add(streamId);
    else if (!begun.has(streamId)) old.add(streamId);
  }
  return [...old];
}

/**
 * The streams after a batch of events, from the streams before it: those that the batch touches, each once.
 * @throws when an event is not the next of its stream: the read model has lost or repeated one. Where events were left
 * out by command, a stream may go on with a later version, and one whose beginning was left out is not there.
 */
export function foldStreams<State, Event extends DomainEvent>(
  decider: Pick<Decider<State, never, Event>, 'initialState' | 'evolve'>,
  before: ReadonlyMap<string, Stream<State>>,
  events: readonly RecordedEvent[],
  { hasGaps }: StepContext,
): Map<string, Stream<State>> {
  const after = new Map<string, Stream<State>>();
  for (const event of events as readonly RecordedEvent<Event>[]) {
    const { streamId, version } = event.metadata;
    const stream = after.get(streamId) ?? before.get(streamId) ?? emptyStream(decider.initialState);
    // Its beginning was left out: there is nothing that the event could change.
    if (hasGaps && stream.version === 0 && version > 1) continue;
    after.set(streamId, applyEvent(decider, hasGaps ? upTo(stream, version) : stream, event));
  }
  return after;
}

/** As if the events that are missing had been there, and had done nothing. */
const upTo = <State>(stream: Stream<State>, version: number): Stream<State> =>
  stream.version < version - 1 ? { ...stream, version: version - 1 } : stream;
