import type { Answer } from '../../api/answer';

export type Story = Answer<'/v1/orders/{orderId}/story'>;
export type StoryEvent = Story['nodes'][number];
export type StoryDelivery = NonNullable<Story['webhooks']>['items'][number];

/** Where events of a story happen, in the order in which they are drawn. */
const PLACES: readonly (readonly [topic: string, name: string])[] = [
  ['carts', 'Cart'],
  ['orders', 'Order'],
  ['processes', 'Process'],
  ['inventory', 'Stock'],
  ['payments', 'Payment'],
  ['notifications', 'Mail'],
];
const NAMES = new Map(PLACES);

export const placeName = (topic: string): string => NAMES.get(topic) ?? topic;

/** The places that a story has events of: known ones first, in their order. */
export function placesOf(events: readonly StoryEvent[]): string[] {
  const found = new Set(events.map(({ topic }) => topic));
  const known = PLACES.map(([topic]) => topic).filter((topic) => found.has(topic));
  return [...known, ...[...found].filter((topic) => !NAMES.has(topic)).toSorted()];
}

/** The part of a story that had happened by then. */
export const until = (events: readonly StoryEvent[], asOf: string | undefined): readonly StoryEvent[] =>
  asOf === undefined ? events : events.filter(({ occurredAt }) => occurredAt <= asOf);

export const deliveriesOf = ({ webhooks }: Story, eventId: string): readonly StoryDelivery[] =>
  webhooks?.items.filter((delivery) => delivery.eventId === eventId) ?? [];

/** What an event is about, in a few words: `process.advanced` alone says nothing. */
export function summaryOf({ eventType, data }: StoryEvent): string {
  const text = (name: string) => (typeof data[name] === 'string' ? data[name] : undefined);
  const count = (name: string) => (typeof data[name] === 'number' ? `${data[name]}` : undefined);
  const [topic] = eventType.split('.');
  const words =
    topic === 'stock'
      ? [text('sku'), count('quantity') && `× ${count('quantity')}`]
      : [text('step') ?? text('template') ?? text('reason') ?? text('cause')];
  return words.filter((word) => word !== undefined).join(' ');
}
