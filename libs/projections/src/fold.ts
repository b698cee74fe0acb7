import {
  applyEvent,
  type Decider,
  type DomainEvent,
  emptyStream,
  type RecordedEvent,
  type Stream,
} from '#libs/kernel';

/** The streams that a batch touches, each once. */
export const streamIdsOf = (events: readonly RecordedEvent[]): string[] => [
  ...new Set(events.map(({ metadata }) => metadata.streamId)),
];

/**
 * The streams after a batch of events, from the streams before it: those that the batch touches, each once.
 * @throws when an event is not the next of its stream: the read model has lost or repeated one.
 */
export function foldStreams<State, Event extends DomainEvent>(
  decider: Pick<Decider<State, never, Event>, 'initialState' | 'evolve'>,
  before: ReadonlyMap<string, Stream<State>>,
  events: readonly RecordedEvent[],
): Map<string, Stream<State>> {
  const after = new Map<string, Stream<State>>();
  for (const event of events as readonly RecordedEvent<Event>[]) {
    const { streamId } = event.metadata;
    const stream = after.get(streamId) ?? before.get(streamId) ?? emptyStream(decider.initialState);
    after.set(streamId, applyEvent(decider, stream, event));
  }
  return after;
}
