import type { RecordedEvent, Stream } from '#libs/kernel';
import { orderDecider, type OrderState } from '#libs/orders';
import { foldStreams } from '../../core/fold.js';
import type { StepContext } from '../../core/runtime/projection.js';

/** The projection's name, which its checkpoints use. */
export const ORDERS_PROJECTION = 'orders';
export const ORDERS_TOPIC = 'orders';

/** Folds a batch of events into the orders that it changes. @throws as {@link foldStreams} does */
export const foldOrders = (
  before: ReadonlyMap<string, Stream<OrderState>>,
  events: readonly RecordedEvent[],
  context: StepContext,
): Map<string, Stream<OrderState>> => foldStreams(orderDecider, before, events, context);

/** The logged events of each order. */
export const TIMELINE_PROJECTION = 'order-timeline';
/** Orders and revenue by hour. */
export const STATISTICS_PROJECTION = 'order-statistics';
