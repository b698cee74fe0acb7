import fc from 'fast-check';
import { summaryOf, type Tally } from './delivery-summary.js';
import { countInto, bucketOf, quantileOf } from './duration-histogram.js';
import { countedStepsOf, TallyCounts } from './tally-counts.js';
import { startOfStep, TALLY_PERIODS, TALLY_STEPS, tallyRange } from './tally-periods.js';

const durations = fc.array(fc.double({ min: 1, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 200 });
const now = fc.integer({ min: Date.parse('2020-01-01'), max: Date.parse('2100-01-01') });
const period = fc.constantFrom(...TALLY_PERIODS);

const histogramOf = (all: readonly number[]): number[] => {
  const histogram: number[] = [];
  for (const duration of all) countInto(histogram, bucketOf(duration));
  return histogram;
};

describe('quantiles of a histogram', () => {
  it('are at most a fifth, and half a millisecond of rounding, from the exact ones', () =>
    fc.assert(
      fc.property(durations, fc.double({ min: 0, max: 1, noNaN: true }), (all, share) => {
        const exact = all.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(share * all.length) - 1)]!;
        const found = quantileOf(histogramOf(all), share)!;
        expect(Math.abs(found - exact)).toBeLessThanOrEqual(exact * (2 ** 0.25 - 1) + 0.5);
      }),
    ));

  it('rise with the share', () =>
    fc.assert(
      fc.property(durations, (all) => {
        const found = [0, 0.5, 0.95, 0.99, 1].map((share) => quantileOf(histogramOf(all), share)!);
        expect(found).toEqual(found.toSorted((a, b) => a - b));
      }),
    ));

  it('do not exist without durations; durations beyond the last bound count in the last bucket', () => {
    expect(quantileOf([], 0.5)).toBeUndefined();
    expect(quantileOf([0, 0], 0.5)).toBeUndefined();
    expect(bucketOf(1e9)).toBe(bucketOf(70_000));
    expect([bucketOf(0), bucketOf(1)]).toEqual([0, 0]);
  });
});

describe('the period of a summary', () => {
  it('has steps without gaps, the last of which is now', () =>
    fc.assert(
      fc.property(period, now, (name, at) => {
        const { starts, stepMs, stepMinutes, from, to } = tallyRange(name, at);
        expect(starts.length).toBeGreaterThanOrEqual(30);
        expect(starts.length).toBeLessThanOrEqual(60);
        expect(starts[0]).toBe(from);
        for (const [index, start] of starts.entries()) {
          expect(start).toBe(from + index * stepMs);
          expect(startOfStep(start + stepMs - 1, stepMinutes)).toBe(start);
        }
        expect(starts.at(-1)).toBe(startOfStep(to, stepMinutes));
        const { keptMs } = TALLY_STEPS.find((each) => each.stepMinutes === stepMinutes)!;
        expect(from).toBeGreaterThan(at - keptMs);
      }),
    ));

  const tally = fc.record({
    startedAt: fc.integer({ min: -5, max: 65 }),
    statusCode: fc.constantFrom(0, 199, 200, 204, 299, 300, 404, 500),
    durations: fc.array(fc.double({ min: 0, max: 60_000, noNaN: true }), { minLength: 1, maxLength: 20 }),
  });

  it('counts each attempt within it once, however its tallies are split', () =>
    fc.assert(
      fc.property(period, now, fc.array(tally, { maxLength: 50 }), (name, at, given) => {
        const range = tallyRange(name, at);
        const tallies = given.map(
          ({ startedAt, ...rest }): Tally => ({
            startedAt: range.from + startedAt * range.stepMs,
            statusCode: rest.statusCode,
            attempts: rest.durations.length,
            durations: histogramOf(rest.durations),
          }),
        );
        const within = tallies.filter(
          ({ startedAt }) =>
            startedAt >= range.from && startedAt < range.from + range.starts.length * range.stepMs,
        );
        const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);
        const attempts = sum(within.map((each) => each.attempts));
        const found = summaryOf(tallies, range);
        expect(found.attempts).toBe(attempts);
        expect(found.delivered + found.failed).toBe(attempts);
        expect(sum(found.buckets.map(({ delivered }) => delivered))).toBe(found.delivered);
        expect(sum(found.buckets.map(({ failed }) => failed))).toBe(found.failed);
        expect(sum(found.statusCodes.map(({ count }) => count))).toBe(attempts);
        expect(found.successRate).toBe(attempts === 0 ? null : found.delivered / attempts);
        expect(found.latencyMs === null).toBe(attempts === 0);
        const parts = [tallies.filter((_, n) => n % 2 === 0), tallies.filter((_, n) => n % 2 === 1)].flat();
        expect(summaryOf(parts, range)).toEqual(found);
      }),
    ));
});

describe('attempts counted in memory', () => {
  const attempt = fc.record({
    tenant: fc.constant('acme'),
    subscriptionId: fc.constantFrom('a', 'b'),
    startedAt: fc.integer({ min: 0, max: 20_000_000 }),
    durationMs: fc.integer({ min: 0, max: 70_000 }),
    status: fc.oneof(fc.constant(undefined), fc.integer({ min: 100, max: 999 })),
  });

  it('add up to the same in steps of each length, and after they were put back', () =>
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 300 }), (attempts) => {
        const counts = new TallyCounts(100_000);
        for (const each of attempts) expect(counts.count(each)).toBe(true);
        const taken = counts.take();
        expect(counts.size).toBe(0);
        for (const each of taken) expect(counts.add(each)).toBe(true);
        const again = counts.take();
        const steps = countedStepsOf(again);
        expect(steps).toEqual(countedStepsOf(taken));
        for (const { stepMinutes } of TALLY_STEPS) {
          const own = steps.filter((step) => step.stepMinutes === stepMinutes);
          for (const subscriptionId of ['a', 'b']) {
            const ofOne = own.filter((step) => step.subscriptionId === subscriptionId);
            const wanted = attempts.filter((each) => each.subscriptionId === subscriptionId);
            expect(ofOne.reduce((sum, step) => sum + step.attempts, 0)).toBe(wanted.length);
            expect(ofOne.flatMap((step) => step.durations).reduce((sum, count) => sum + count, 0)).toBe(
              wanted.length,
            );
            const starts = new Set(wanted.map(({ startedAt }) => startOfStep(startedAt, stepMinutes)));
            expect(new Set(ofOne.map(({ startedAt }) => startedAt))).toEqual(starts);
          }
        }
      }),
    ));

  it('are bounded, whatever codes an endpoint makes up, and however much a tenant has', () => {
    const counts = new TallyCounts(100);
    const one = { tenant: 'acme', subscriptionId: 'a', startedAt: 0, durationMs: 1 };
    for (let status = 100; status < 1_000; status++) expect(counts.count({ ...one, status })).toBe(true);
    const taken = counts.take();
    expect(taken.length).toBeLessThan(30);
    expect(taken.reduce((sum, { attempts }) => sum + attempts, 0)).toBe(900);
    const fits = Array.from({ length: 60 }, (_, n) =>
      counts.count({ ...one, subscriptionId: `${n}`, status: 200 }),
    );
    expect(fits.filter(Boolean)).toHaveLength(50);
    expect(counts.count({ ...one, tenant: 'other', status: 200 })).toBe(true);
  });
});
