import type { SizedEvent } from '#libs/kernel';
import { InMemoryOrders } from '#libs/webhook-delivery/testing';
import { RecentEvents } from './recent-events.js';

describe('recent events', () => {
  const dropped: number[] = [];
  let log: InMemoryOrders;
  let recent: RecentEvents;

  beforeEach(() => {
    dropped.length = 0;
    log = new InMemoryOrders();
    recent = new RecentEvents(
      { topic: 'orders', partition: 3, offset: 0 },
      { events: 4, bytes: 100 },
      ({ position }) => dropped.push(position.offset),
    );
  });

  const events = (...bytes: number[]): SizedEvent[] =>
    bytes.map((each) => {
      log.bytes = each;
      return log.append('a');
    });
  const append = (...bytes: number[]): void => {
    const first = log.end;
    recent.append(log.batch(first, events(...bytes)));
  };
  const offsets = (from: number, limit = 10): number[] =>
    recent.read(from, limit).events.map(({ position }) => position.offset);

  it('keeps the newest events, up to the maximum number', () => {
    append(1, 1, 1, 1, 1, 1);
    expect([recent.start, recent.next, offsets(2), dropped]).toEqual([2, 6, [2, 3, 4, 5], [0, 1]]);
  });

  it('keeps no more bytes than the limit', () => {
    append(40, 40, 40);
    expect([recent.start, offsets(1)]).toEqual([1, [1, 2]]);
    append(70);
    expect([recent.start, offsets(3)]).toEqual([3, [3]]);
  });

  it('does not keep an event larger than the limit', () => {
    append(10, 101);
    expect([recent.start, recent.next, offsets(2)]).toEqual([2, 2, []]);
    append(10);
    expect(offsets(2)).toEqual([2]);
  });

  it('reads batches and says where they end', () => {
    append(1, 1, 1);
    expect(recent.read(0, 2)).toMatchObject({ next: 2 });
    log.putControlRecord();
    recent.append(log.batch(3, []));
    expect(recent.read(0, 3)).toMatchObject({ next: 4 });
  });

  it('ignores duplicates and restarts behind a gap', () => {
    append(1, 1);
    recent.append(log.batch(0, log.events, 2));
    expect(offsets(0)).toEqual([0, 1]);
    events(1, 1);
    append(60);
    expect([recent.start, recent.next, offsets(4)]).toEqual([4, 5, [4]]);
    append(40);
    expect(recent.start).toBe(4);
  });
});
