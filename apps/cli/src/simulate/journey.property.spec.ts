import fc from 'fast-check';
import { createOrderSchema } from '#libs/orders/http';
import { itForAll } from '#libs/kernel/testing';
import { catalogueOf, reorderDelayMs, stocktakingOf } from './catalogue.js';
import { cartItemsOf, journeyOf, orderBodyOf } from './journey.js';

const seed = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const number = fc.nat(100_000);
const rate = fc.double({ min: 0.1, max: 1_000, noNaN: true });

describe('a journey', () => {
  itForAll(
    'follows from its seed and number, and is a lawful order',
    [seed, number, rate],
    (seed, number, rate) => {
      const catalogue = catalogueOf(seed, 'sim', rate);
      const journey = journeyOf(seed, number, 'sim', catalogue);
      expect(journeyOf(seed, number, 'sim', catalogueOf(seed, 'sim', rate))).toEqual(journey);
      expect(createOrderSchema.safeParse(orderBodyOf(journey)).error).toBeUndefined();
      expect(journey.gap).toBeGreaterThanOrEqual(0);
      const skus = cartItemsOf(journey).map(({ sku }) => sku);
      expect(new Set(skus)).toEqual(new Set(journey.items.map(({ sku }) => sku)));
      expect(new Set(skus).size).toBe(skus.length);
    },
  );

  itForAll('makes the same decisions under another name', [seed, number], (seed, number) => {
    const [one, other] = ['sim-1', 'sim-2'].map((prefix) => {
      const journey = journeyOf(seed, number, prefix, catalogueOf(seed, prefix, 20));
      return JSON.stringify(journey).replaceAll(prefix, '');
    });
    expect(one).toBe(other);
  });
});

describe('the mix of journeys', () => {
  const catalogue = catalogueOf(7, 'sim', 20);
  const journeys = Array.from({ length: 20_000 }, (_, index) => journeyOf(7, index, 'sim', catalogue));
  const share = (holds: (journey: (typeof journeys)[number]) => boolean): number =>
    journeys.filter(holds).length / journeys.length;

  it('is mostly small orders of popular articles, most of them paid without trouble', () => {
    expect(share(({ items }) => items.length <= 3)).toBeGreaterThan(0.9);
    expect(share(({ items }) => items.length > 8)).toBeCloseTo(0.02, 2);
    expect(share(({ payment }) => payment === 'plain')).toBeCloseTo(0.86, 1);
    expect(share(({ payment }) => payment === 'never-answered')).toBeCloseTo(0.005, 2);
    const lines = journeys.flatMap(({ items }) => items);
    const first = lines.filter(({ sku }) => sku === catalogue[0]?.sku).length / lines.length;
    const tenth = lines.filter(({ sku }) => sku === catalogue[9]?.sku).length / lines.length;
    expect(first / tenth).toBeGreaterThan(8);
    expect(first / tenth).toBeLessThan(12);
  });

  it('comes at the rate on average', () => {
    const mean = journeys.reduce((sum, { gap }) => sum + gap, 0) / journeys.length;
    expect(mean).toBeCloseTo(1, 1);
  });

  it('has customers who cancel, carts of every end, and both decisions of reviews', () => {
    expect(share(({ cancelsAfter }) => cancelsAfter !== null)).toBeCloseTo(0.055, 2);
    for (const end of ['checks-out', 'leaves', 'returns'] as const)
      expect(share(({ cart }) => cart === end)).toBeGreaterThan(0.02);
    expect(share(({ review }) => review.decision === 'reject')).toBeCloseTo(0.3, 1);
  });
});

describe('the warehouse', () => {
  itForAll('decides by the seed alone', [seed, fc.nat(1_000), fc.nat(1_000)], (seed, one, other) => {
    const catalogue = catalogueOf(seed, 'sim', 20);
    expect(reorderDelayMs(seed, one, other)).toBe(reorderDelayMs(seed, one, other));
    expect(stocktakingOf(seed, one, catalogue)).toEqual(stocktakingOf(seed, one, catalogue));
    expect(stocktakingOf(seed, one, catalogue).quantity).not.toBe(0);
  });
});
