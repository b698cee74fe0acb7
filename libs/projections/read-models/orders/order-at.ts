import { applyEvent, emptyStream, type EventMetadata, type RecordedEvent, type Stream } from '#libs/kernel';
import { orderDecider, type OrderEvent, type OrderState } from '#libs/orders';

/** A version, or a time in milliseconds since 1970. */
export type OrderMoment = { readonly version: number } | { readonly time: number };

const isAfter = ({ version, occurredAt }: EventMetadata, moment: OrderMoment): boolean =>
  'version' in moment ? version > moment.version : Date.parse(occurredAt) > moment.time;

/**
 * The order at a moment, including the event of that moment; `undefined` if it did not exist yet or never got that far.
 * Skipped events count as events that changed nothing; an order whose first event was skipped does not exist.
 * @param events all events of the order, in order. They are read up to the first one after the moment.
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
