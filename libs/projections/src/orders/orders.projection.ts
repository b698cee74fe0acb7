import type { RecordedEvent, Stream } from '#libs/kernel';
import { orderDecider, type OrderState } from '#libs/orders';
import { foldStreams } from '../fold.js';
import type { StepContext } from '../runtime/projection.js';

/** Name under which the projection keeps its checkpoints. */
export const ORDERS_PROJECTION = 'orders';
export const ORDERS_TOPIC = 'orders';

/** The orders after a batch of events, from the orders before it. @throws as {@link foldStreams} does. */
export const foldOrders = (
  before: ReadonlyMap<string, Stream<OrderState>>,
  events: readonly RecordedEvent[],
  context: StepContext,
): Map<string, Stream<OrderState>> => foldStreams(orderDecider, before, events, context);

/** The events of each order, as they are in the log. */
export const TIMELINE_PROJECTION = 'order-timeline';
/** Orders and revenue by hour. */
export const STATISTICS_PROJECTION = 'order-statistics';
