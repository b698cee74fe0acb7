import { applyEvent, emptyStream, type EventMetadata, type RecordedEvent, type Stream } from '#libs/kernel';
import { orderDecider, type OrderEvent, type OrderState } from '#libs/orders';

/** A moment in the life of an order: a version, or a time in milliseconds since 1970. */
export type OrderMoment = { readonly version: number } | { readonly time: number };

const isAfter = ({ version, occurredAt }: EventMetadata, moment: OrderMoment): boolean =>
  'version' in moment ? version > moment.version : Date.parse(occurredAt) > moment.time;

/**
 * The order as it was at a moment, with what happened at the moment itself; `undefined` when it had not come so far.
 * Events that were left out by command count as if they had been there, and had done nothing; without its first one
 * there is no order.
 * @param events all of the order, in order. No more are asked for than up to the first after the moment.
 */
export async function orderAt(
  events: AsyncIterable<RecordedEvent>,
  moment: OrderMoment,
): Promise<Stream<OrderState> | undefined> {
  let stream: Stream<OrderState> = emptyStream(orderDecider.initialState);
  let isPassed = false;
  for await (const event of events as AsyncIterable<RecordedEvent<OrderEvent>>) {
    const { version } = event.metadata;
    isPassed = isAfter(event.metadata, moment);
    if (isPassed || (stream.version === 0 && version > 1)) break;
    stream = applyEvent(orderDecider, { ...stream, version: version - 1 }, event);
  }
  if (stream.version === 0) return undefined;
  if ('time' in moment) return stream;
  return isPassed || stream.version === moment.version ? { ...stream, version: moment.version } : undefined;
}
