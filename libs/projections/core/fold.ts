import {
  applyEvent,
  type Decider,
  type DomainEvent,
  emptyStream,
  type RecordedEvent,
  type Stream,
} from '#libs/kernel';
import type { StepContext } from './runtime/projection.js';

/** The streams that a batch changes but does not start, each once: their previous state has to be loaded. */
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
 * Folds a batch of events into the streams that it changes.
 * @throws if an event is not the next of its stream, because the read model has lost or repeated one. If events were
 * skipped, a stream may continue with a later version, and a stream whose first event was skipped does not exist.
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
    // The stream's first event was skipped, so there is nothing to change.
    if (hasGaps && stream.version === 0 && version > 1) continue;
    after.set(streamId, applyEvent(decider, hasGaps ? upTo(stream, version) : stream, event));
  }
  return after;
}

/** Treats missing events as if they had changed nothing. */
const upTo = <State>(stream: Stream<State>, version: number): Stream<State> =>
  stream.version < version - 1 ? { ...stream, version: version - 1 } : stream;
