import { applyEvent, emptyStream, type RecordedEvent, type Stream } from '#libs/kernel';
import { orderDecider, type OrderEvent, type OrderState } from '#libs/orders';

/** Name under which the projection keeps its checkpoints. */
export const ORDERS_PROJECTION = 'orders';
export const ORDERS_TOPIC = 'orders';

export const orderIdsOf = (events: readonly RecordedEvent[]): string[] => [
  ...new Set(events.map(({ metadata }) => metadata.streamId)),
];

/**
 * The orders after a batch of events, from the orders before it: those that the batch touches, each once.
 * @throws when an event is not the next of its order: the read model has lost or repeated one.
 */
export function foldOrders(
  before: ReadonlyMap<string, Stream<OrderState>>,
  events: readonly RecordedEvent[],
): Map<string, Stream<OrderState>> {
  const after = new Map<string, Stream<OrderState>>();
  for (const event of events as readonly RecordedEvent<OrderEvent>[]) {
    const { streamId } = event.metadata;
    const stream = after.get(streamId) ?? before.get(streamId) ?? emptyStream(orderDecider.initialState);
    after.set(streamId, applyEvent(orderDecider, stream, event));
  }
  return after;
}
