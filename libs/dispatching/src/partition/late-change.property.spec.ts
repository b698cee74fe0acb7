import fc from 'fast-check';
import { DispatchRig, feedOf, running } from '../testing/dispatch-rig.fixture.js';
import { owedTo } from '../testing/story-checks.fixture.js';

const TYPES = ['order.created', 'order.confirmed', 'order.shipped'];

const step = fc.oneof(
  fc.record({
    kind: fc.constant('publish' as const),
    events: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom(...TYPES)), { maxLength: 6 }),
  }),
  fc.record({ kind: fc.constant('change' as const), eventTypes: fc.subarray(TYPES, { minLength: 1 }) }),
  // Now and then so long that the feed is laid to rest.
  fc.record({
    kind: fc.constant('wait' as const),
    ms: fc.oneof(fc.nat({ max: 500 }), fc.constant(16_000)),
    hears: fc.boolean(),
  }),
);

describe('a change of what a feed is owed that is heard late', () => {
  it('holds from where it says: nothing is missed of it, and nothing comes twice', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 30 }),
        fc.constantFrom(3, 100),
        async (steps, tailEvents) => {
          const rig = new DispatchRig({ tailEvents });
          let feed = feedOf({}, { rules: [{ from: {}, eventTypes: ['order.confirmed'], filter: null }] });
          const dispatcher = await running(rig, feed);
          rig.client.takesMs = () => 30;
          for (const each of steps) {
            if (each.kind === 'change') {
              const rule = { from: { 'orders/3': rig.log.end }, eventTypes: each.eventTypes, filter: null };
              feed = { ...feed, revision: feed.revision + 1, rules: [...feed.rules, rule] };
            } else if (each.kind === 'wait') {
              if (each.hears) await rig.feeds(feed);
              await rig.timers.advance(each.ms);
            } else {
              const first = rig.log.end;
              const events = each.events.map(([stream, type]) => rig.log.append(stream, type));
              dispatcher.append({ first, events, next: rig.log.end });
            }
          }
          await rig.feeds(feed);
          await rig.timers.advance(40_000);
          const owed = owedTo(feed, rig.log.events).map(({ metadata }) => metadata.eventId);
          const delivered = rig.client.delivered();
          // What the rules before owed may have come, until it was heard that it is not owed any more.
          expect(delivered.filter((id) => owed.includes(id)).toSorted()).toEqual(owed.toSorted());
          expect(new Set(delivered).size).toBe(delivered.length);
          expect(rig.store.cursor('sub-1')).toMatchObject({ finished: [] });
          await dispatcher.stop();
        },
      ),
      { numRuns: 200 },
    ));
});
