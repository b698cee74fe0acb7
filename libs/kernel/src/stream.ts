import type { Decider } from './decider.js';
import type { DomainEvent, RecordedEvent } from './event.js';

/** One aggregate as its events tell it, with what every aggregate has in common. */
export interface Stream<State> {
  readonly tenant: string;
  /** Number of events so far; 0 for a stream that does not exist. */
  readonly version: number;
  /** Business time of the first and of the last event. */
  readonly createdAt: string;
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
 * The fold that the command side and every projection share.
 * @throws when the event is not the next of its stream: folding on would hide a gap or a repeat.
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
    state: evolve(stream.state, { type: event.type, data: event.data } as Event),
  };
}
