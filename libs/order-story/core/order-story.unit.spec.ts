import type { RecordedEvent } from '#libs/kernel';
import { someMetadata } from '#libs/orders/testing';
import { inOrderOfTime, missingCauses, storyNodes } from './order-story.js';

const event = (
  streamId: string,
  version: number,
  second: number,
  causationId: string | null = null,
): RecordedEvent => ({
  type: 'order.created',
  data: { total: version },
  position: { topic: 'orders', partition: 0, offset: second },
  metadata: {
    ...someMetadata({ streamId, version, occurredAt: `2026-01-01T00:00:0${second}.000Z` }),
    eventId: `${streamId}-${version}`,
    causationId,
  },
});

const documents = {
  after: ({ data, metadata }: RecordedEvent) => ({ ...(data as object), version: metadata.version }),
};

describe('the story of an order', () => {
  it('is in order of time, and of each stream in order of versions, even if a clock went back', () => {
    const events = [event('a', 2, 1), event('b', 1, 3), event('a', 1, 2)];
    const order = inOrderOfTime(events).map(({ metadata }) => metadata.eventId);
    expect(order.indexOf('a-1')).toBeLessThan(order.indexOf('a-2'));
  });

  it('tells what each event but the first changed in its own stream', () => {
    const nodes = storyNodes([event('a', 1, 1), event('b', 1, 2), event('a', 2, 3)], documents);
    expect(nodes.map(({ change }) => change)).toEqual([
      undefined,
      undefined,
      [{ pointer: '/total', before: 1, after: 2 }],
    ]);
  });

  it('tells of no change where the former state is unknown', () => {
    const gap = {
      after: (each: RecordedEvent) => (each.metadata.version === 2 ? undefined : documents.after(each)),
    };
    const nodes = storyNodes([event('a', 1, 1), event('a', 2, 2), event('a', 3, 3)], gap);
    expect(nodes.map(({ change }) => change)).toEqual([undefined, undefined, undefined]);
  });

  it('lacks the causes that tell of no order, each once', () => {
    const events = [event('a', 1, 1, 'cart-4'), event('a', 2, 2, 'a-1'), event('b', 1, 3, 'cart-4')];
    expect(missingCauses(events)).toEqual(['cart-4']);
  });
});
