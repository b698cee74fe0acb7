import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { LogEndHistory } from './log-end-history.js';
import { addBuckets, BoundedSeries, quantileBetween, ratePerSecond } from './rates.js';

const BOUNDS = [0.001, 0.01, 0.1, 1, Infinity];
const countsOf = (values: readonly number[]) =>
  new Map(BOUNDS.map((bound) => [bound, values.filter((value) => value <= bound).length]));
const values = fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { maxLength: 50 });

describe('a quantile between two looks', () => {
  itForAll(
    'is the bound below which the share of what was new lies',
    [values, values, values, fc.double({ min: 0.01, max: 1, noNaN: true })],
    (old, fresh, others, share) => {
      const before = addBuckets([countsOf(old), countsOf([])]);
      const after = addBuckets([countsOf([...old, ...fresh]), countsOf(others)]);
      const news = [...fresh, ...others];
      const found = quantileBetween(before, after, share);
      if (news.length === 0) return expect(found).toBeUndefined();
      const expected = BOUNDS.find(
        (bound) => news.filter((value) => value <= bound).length >= share * news.length,
      );
      expect(found).toBe(expected === Infinity ? 1 : expected);
    },
  );

  it('is unknown after a restart', () =>
    expect(quantileBetween(countsOf([1, 1]), countsOf([1]), 0.99)).toBeUndefined());
});

describe('a rate', () => {
  itForAll(
    'is what was counted by the time between',
    [fc.nat(), fc.nat(), fc.integer({ min: 1, max: 1e6 })],
    (at, more, ms) => {
      const rate = ratePerSecond({ at, count: 5 }, { at: at + ms, count: 5 + more });
      expect(rate).toBeCloseTo((more * 1_000) / ms, 5);
    },
  );

  it('is unknown without an earlier look, and after a restart', () => {
    expect(ratePerSecond(undefined, { at: 1, count: 1 })).toBeUndefined();
    expect(ratePerSecond({ at: 0, count: 2 }, { at: 1, count: 1 })).toBeUndefined();
  });
});

itForAll(
  'a series holds the newest values',
  [fc.array(fc.nat()), fc.integer({ min: 1, max: 9 })],
  (all, most) => {
    const series = new BoundedSeries<number>(most);
    for (const value of all) series.push(value);
    expect(series.values).toEqual(all.slice(-most));
  },
);

describe('the lateness of a reader', () => {
  const at = { topic: 'orders', partition: 0 };
  const LOOK_MS = 10;

  itForAll(
    'is the age of the first event that it has not read, up to the time between two looks',
    [fc.array(fc.nat(3), { minLength: 1, maxLength: 60 }), fc.nat(80), fc.integer({ min: 1, max: 60 })],
    (growth, nextOffset, keptLooks) => {
      const history = new LogEndHistory(keptLooks * LOOK_MS);
      const seenAt: number[] = [];
      let now = 0;
      for (const count of growth) {
        now += LOOK_MS;
        for (let n = 0; n < count; n++) seenAt.push(now);
        history.look([{ ...at, offset: seenAt.length }], now);
      }
      const late = history.lateness(at, nextOffset, now);
      const written = seenAt[nextOffset];
      if (written === undefined) return expect(late).toBeUndefined();
      if (late?.isAtLeast) expect(late.ms).toBeLessThanOrEqual(now - written);
      else expect(late?.ms).toBe(now - written);
    },
  );

  it('is at least as long as something was watched', () => {
    const history = new LogEndHistory(1_000);
    history.look([{ ...at, offset: 5 }], 0);
    history.look([{ ...at, offset: 5 }], 700);
    expect(history.lateness(at, 3, 900)).toEqual({ ms: 900, isAtLeast: true });
    expect(history.lateness(at, 5, 900)).toBeUndefined();
  });
});
