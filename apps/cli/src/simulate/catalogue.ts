import { SeededRandom } from '#libs/kernel';

export interface Article {
  readonly sku: string;
  readonly unitPrice: number;
  /** The share of all order lines that name it. The shares of a catalogue add up to 1. */
  readonly share: number;
  /** Units in stock at the start, and units in each re-order. */
  readonly batch: number;
  /** The number available at which the warehouse wants to hear of it. */
  readonly lowAt: number;
}

const ARTICLES = 40;
/** About what the orders of `journeyOf` take on average. */
const UNITS_PER_ORDER = 4;
const BATCH_SECONDS = 15;
const LOW_SHARE = 0.4;
const SMALLEST_BATCH = 40;

/**
 * Articles of this run alone, the most popular first. Popularity falls with the rank as in Zipf's law, so a few articles
 * are in most orders, and run out now and then.
 * @param rate orders a second
 */
export function catalogueOf(seed: number, prefix: string, rate: number): Article[] {
  const random = new SeededRandom(seed);
  const weights = Array.from({ length: ARTICLES }, (_, index) => 1 / (index + 1));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight, index) => {
    const share = weight / sum;
    const demand = share * rate * UNITS_PER_ORDER * BATCH_SECONDS;
    const batch = Math.max(SMALLEST_BATCH, Math.ceil(demand));
    return {
      sku: `${prefix}-article-${index + 1}`,
      // The last one is a free sample: an order of it alone needs no payment.
      unitPrice: index === ARTICLES - 1 ? 0 : random.between(1, 200) * 25,
      share,
      batch,
      lowAt: Math.ceil(batch * LOW_SHARE),
    };
  });
}

/** Milliseconds until a reorder arrives. @param nth how often the article was reordered before */
export const reorderDelayMs = (seed: number, rank: number, nth: number): number =>
  new SeededRandom(seed ^ Math.imul(rank + 1, 0x85ebca6b) ^ Math.imul(nth + 1, 0xc2b2ae35)).between(
    500,
    4_000,
  );

/** An article that was counted, and how many more or less were found. */
export function stocktakingOf(seed: number, round: number, catalogue: readonly Article[]) {
  const random = new SeededRandom(seed ^ Math.imul(round + 1, 0x27d4eb2f));
  return { sku: random.pick(catalogue).sku, quantity: random.pick([-3, -2, -1, 1, 2]) };
}
