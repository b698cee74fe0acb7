import { SeededRandom } from '#libs/kernel';
import type { Article } from './catalogue.js';

export type PaymentHabit =
  | 'plain'
  | 'declined'
  | 'error-once'
  | 'slow'
  | 'answered-twice'
  | 'reviewed'
  | 'never-answered';

interface JourneyItem {
  readonly sku: string;
  readonly quantity: number;
  readonly unitPrice: number;
}

interface JourneyCustomer {
  readonly id: string;
  readonly name: string;
  readonly email?: string;
}

/** A shopper's next step, once the cart is filled. */
export type CartEnd = 'checks-out' | 'leaves' | 'returns';

/** All that one customer does, and all that is done about the order. Times are in milliseconds. */
export interface Journey {
  readonly number: number;
  /** Time since the customer before, as a multiple of the average. */
  readonly gap: number;
  readonly customer: JourneyCustomer;
  readonly currency: string;
  readonly items: readonly JourneyItem[];
  readonly payment: PaymentHabit;
  readonly country: string;
  /** `null`: the order is placed without a cart. */
  readonly cart: CartEnd | null;
  /** The shopper sets an item and removes it again. */
  readonly changesMind: boolean;
  readonly returnsAfter: number;
  /** A second click on the button. */
  readonly isSentTwice: boolean;
  /** `null`: the customer does not cancel. */
  readonly cancelsAfter: number | null;
  readonly review: { readonly decision: 'approve' | 'reject'; readonly after: number };
  readonly shipsAfter: number;
  readonly deliversAfter: number;
}

const TOKENS: Readonly<Record<PaymentHabit, string>> = {
  plain: 'tok_ok',
  declined: 'tok_decline',
  'error-once': 'tok_error_once',
  slow: 'tok_slow',
  'answered-twice': 'tok_twice',
  reviewed: 'tok_review',
  'never-answered': 'tok_timeout',
};

export const tokenOf = ({ payment }: Journey): string => TOKENS[payment];

const PAYMENTS: readonly (readonly [number, PaymentHabit])[] = [
  [860, 'plain'],
  [40, 'declined'],
  [30, 'error-once'],
  [30, 'slow'],
  [10, 'answered-twice'],
  [25, 'reviewed'],
  [5, 'never-answered'],
];
const CURRENCIES: readonly (readonly [number, string])[] = [
  [80, 'EUR'],
  [15, 'USD'],
  [5, 'JPY'],
];
const LINES: readonly (readonly [number, readonly [number, number]])[] = [
  [55, [1, 1]],
  [25, [2, 2]],
  [15, [3, 3]],
  [3, [4, 8]],
  [2, [10, 25]],
];
const CARTS: readonly (readonly [number, CartEnd])[] = [
  [60, 'checks-out'],
  [25, 'leaves'],
  [15, 'returns'],
];
const NAMES = ['Ada', 'Grace', 'Edsger', 'Barbara', 'Alan', 'Frances', 'Zoë <Ω>'];
const COUNTRIES = ['DE', 'FR', 'NL', 'US', 'JP'];
/** Some customers come back, so that an id has several orders. */
const CUSTOMERS = 500;
const SHARE_WITH_CART = 0.2;
const SHARE_WITHOUT_EMAIL = 0.1;
const SHARE_OF_CANCELLATIONS = 0.05;
const SHARE_OF_SECOND_CLICKS = 0.03;
const GIVES_UP_AFTER: readonly [number, number] = [5_000, 15_000];

/**
 * The journey of that number. It follows from the seed and the number alone, so what a machine makes of one journey changes
 * no decision of another.
 */
export function journeyOf(
  seed: number,
  number: number,
  prefix: string,
  catalogue: readonly Article[],
): Journey {
  const random = new SeededRandom(seed ^ Math.imul(number + 1, 0x9e3779b1));
  const gap = -Math.log(1 - random.next());
  const customer = customerOf(random, prefix);
  const payment = random.weighted(PAYMENTS);
  const isCancelled = random.chance(SHARE_OF_CANCELLATIONS);
  return {
    number,
    gap,
    customer,
    payment,
    currency: random.weighted(CURRENCIES),
    items: itemsOf(random, catalogue),
    country: random.pick(COUNTRIES),
    cart: random.chance(SHARE_WITH_CART) ? random.weighted(CARTS) : null,
    changesMind: random.chance(0.3),
    returnsAfter: random.between(3_000, 30_000),
    isSentTwice: random.chance(SHARE_OF_SECOND_CLICKS),
    cancelsAfter:
      payment === 'never-answered'
        ? random.between(...GIVES_UP_AFTER)
        : isCancelled
          ? random.between(0, 8_000)
          : null,
    review: { decision: random.chance(0.7) ? 'approve' : 'reject', after: random.between(500, 10_000) },
    shipsAfter: random.between(1_000, 10_000),
    deliversAfter: random.between(1_000, 20_000),
  };
}

function customerOf(random: SeededRandom, prefix: string): JourneyCustomer {
  const number = random.between(1, CUSTOMERS);
  const id = `${prefix}-customer-${number}`;
  const name = random.pick(NAMES);
  return random.chance(SHARE_WITHOUT_EMAIL)
    ? { id, name }
    : { id, name, email: `customer-${number}@example.com` };
}

function itemsOf(random: SeededRandom, catalogue: readonly Article[]): JourneyItem[] {
  const popularity = catalogue.map((article) => [article.share, article] as const);
  const [fewest, most] = random.weighted(LINES);
  const isLarge = most > 3;
  return Array.from({ length: random.between(fewest, most) }, () => {
    const { sku, unitPrice } = random.weighted(popularity);
    const quantity = isLarge ? random.between(1, 10) : random.weighted(QUANTITIES);
    return { sku, quantity, unitPrice };
  });
}

const QUANTITIES: readonly (readonly [number, number])[] = [
  [75, 1],
  [18, 2],
  [7, 3],
];

/** The body of `POST /v1/orders`. Its metadata name the journey, by which an order is known whose answer was lost. */
export const orderBodyOf = (journey: Journey) => ({
  customer: journey.customer,
  currency: journey.currency,
  items: journey.items,
  ...checkoutBodyOf(journey),
});

/** The body of a checkout. */
export const checkoutBodyOf = (journey: Journey) => ({
  payment: { token: tokenOf(journey), country: journey.country },
  shippingAddress: { name: journey.customer.name, country: journey.country },
  metadata: { journey: String(journey.number) },
});

/** The items of a cart, which has each sku once: the last line of a sku counts. */
export const cartItemsOf = ({ items }: Journey): JourneyItem[] => [
  ...new Map(items.map((item) => [item.sku, item])).values(),
];
