import type { Decider } from './decider.js';
import type { DomainEvent, RecordedEvent } from './event.js';

/** The state of one aggregate, folded from its events, with the metadata common to all aggregates. */
export interface Stream<State> {
  readonly tenant: string;
  /** Number of events; 0 for a stream that does not exist. */
  readonly version: number;
  /** Business time of the first event. */
  readonly createdAt: string;
  /** Business time of the last event. */
  readonly updatedAt: string;
  readonly state: State;
}

export const emptyStream = <State>(initialState: State): Stream<State> => ({
  tenant: '',
  version: 0,
  createdAt: '',
  updatedAt: '',
  state: initialState,
});

/**
 * Folds one event; the command side and all projections share this function.
 * @throws if the event is not the stream's next one, which would hide a gap or a repeat
 */
export function applyEvent<State, Event extends DomainEvent>(
  { evolve }: Pick<Decider<State, never, Event>, 'evolve'>,
  stream: Stream<State>,
  event: Pick<RecordedEvent<Event>, 'type' | 'data' | 'metadata'>,
): Stream<State> {
  const { streamId, version, tenant, occurredAt } = event.metadata;
  if (version !== stream.version + 1) {
    throw new Error(`stream ${streamId}: version ${version} cannot follow ${stream.version}`);
  }
  return {
    tenant,
    version,
    createdAt: version === 1 ? occurredAt : stream.createdAt,
    updatedAt: occurredAt,
    state: evolve(stream.state, { type: event.type, data: event.data, occurredAt } as Event),
  };
}
