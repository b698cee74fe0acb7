import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { DISABLE_AFTER_MS, endpointHealth, type EndpointFacts, JUDGED_MS } from './endpoint-health.js';

const NOW = Date.parse('2026-11-21T12:00:00Z');
const HOUR = 3_600_000;

const ago = fc.option(
  fc.oneof(fc.nat(2 * HOUR), fc.nat(8 * 24 * HOUR)).map((ms) => NOW - ms),
  { freq: 4 },
);
const counts = fc
  .tuple(fc.nat(60), fc.nat(60))
  .map(([delivered, failed]) => ({ delivered, attempts: delivered + failed }));
const facts: fc.Arbitrary<EndpointFacts> = fc
  .record({
    recent: fc.oneof(fc.constant({ attempts: 0, delivered: 0 }), counts),
    older: fc.oneof(fc.constant({ attempts: 0, delivered: 0 }), counts),
    firstFailedAt: ago,
    failingSince: ago,
    lastDeliveredAt: ago,
    lastFailedAt: ago,
    judgedFrom: ago,
  })
  .map(({ older, ...rest }) => ({
    ...rest,
    judged: {
      attempts: older.attempts + rest.recent.attempts,
      delivered: older.delivered + rest.recent.delivered,
    },
  }));

describe('the health of any endpoint', () => {
  itForAll('is fine only if it delivers, and bad only if it fails', [facts], (given) => {
    const health = endpointHealth(given, NOW);
    if (health?.warning === null) expect(given.recent.delivered).toBeGreaterThan(0);
    if (health?.warning === 'success-rate')
      expect(given.judged.delivered).toBeLessThan(given.judged.attempts / 2);
    if (health?.warning === 'disabling') expect(given.judged.delivered).toBe(0);
  });

  itForAll(
    'foretells a disabling within a day of it, from when the last success allows',
    [facts],
    (given) => {
      const health = endpointHealth(given, NOW);
      if (health?.warning !== 'disabling') return;
      const [since, disablesAt] = [Date.parse(health.since), Date.parse(health.disablesAt)];
      expect(disablesAt - since).toBe(DISABLE_AFTER_MS);
      expect(disablesAt - NOW).toBeLessThanOrEqual(24 * HOUR);
      for (const earliest of [given.failingSince, given.lastDeliveredAt, given.judgedFrom])
        expect(since).toBeGreaterThanOrEqual(earliest ?? 0);
    },
  );

  itForAll('never gets worse by a success', [facts], (given) => {
    const badness = (some: EndpointFacts) =>
      ({ fine: 0, unknown: 1, 'success-rate': 2, disabling: 3 })[
        (endpointHealth(some, NOW) ?? { warning: 'unknown' as const }).warning ?? 'fine'
      ];
    const more = ({ attempts, delivered }: EndpointFacts['judged']) => ({
      attempts: attempts + 1,
      delivered: delivered + 1,
    });
    const better = { ...given, judged: more(given.judged), recent: more(given.recent), lastDeliveredAt: NOW };
    // The twentieth attempt makes nineteen failures count, whatever it is itself.
    if (given.judged.attempts === 19) return;
    expect(badness(better)).toBeLessThanOrEqual(badness(given));
  });

  itForAll('is not judged by failures before a recovery', [facts], (given) => {
    const none = { attempts: 0, delivered: 0 };
    const since = { ...given, judged: none, recent: none, judgedFrom: NOW - JUDGED_MS + 1 };
    expect(endpointHealth(since, NOW)).toBeUndefined();
  });
});
