import { ORDER } from '../ingest/order.js';

/** The limit of each tenant while floods are measured. */
export const ORDERS_PER_SECOND = 100;
export const REQUESTS_PER_SECOND = 400;
/** A flood asks for so many times as much. */
const TIMES_ITS_LIMIT = 10;
const BATCH = 100;

/** What one tenant does while the other is measured. */
export type Flood =
  | {
      readonly kind: 'requests';
      readonly perSecond: number;
      readonly path: string;
      readonly body: string;
      /** What an answer with 2xx stands for. */
      readonly ordersEach: number;
    }
  /** Streams of all history, each opened again as soon as it has ended. */
  | { readonly kind: 'streams'; readonly connections: number };

export interface Scenario {
  readonly title: string;
  readonly flood?: Flood;
  /** Endpoints of the flooding tenant, each of which takes so long for every order. */
  readonly slowEndpoints?: { readonly count: number; readonly answerMs: number };
}

const orders = (perSecond: number): Flood => ({
  kind: 'requests',
  perSecond,
  path: '/v1/orders',
  body: JSON.stringify(ORDER),
  ordersEach: 1,
});

const batches = (perSecond: number): Flood => ({
  kind: 'requests',
  perSecond,
  path: '/v1/orders/batch',
  body: JSON.stringify(Array.from({ length: BATCH }, () => ORDER)),
  ordersEach: BATCH,
});

const FLOODED = ORDERS_PER_SECOND * TIMES_ITS_LIMIT;

/** The first is what the others are compared with. */
export const SCENARIOS = {
  alone: { title: 'one tenant alone, 20 orders a second' },
  orders: { title: `beside ${FLOODED} orders a second of another tenant`, flood: orders(FLOODED) },
  batches: {
    title: `beside as many in batches of ${BATCH}`,
    flood: batches(FLOODED / BATCH),
  },
  streams: { title: 'beside 200 streams of all history', flood: { kind: 'streams', connections: 200 } },
  webhooks: {
    title: `beside ${ORDERS_PER_SECOND} orders a second to 10 endpoints that take 2 s for each`,
    flood: orders(ORDERS_PER_SECOND),
    slowEndpoints: { count: 10, answerMs: 2_000 },
  },
} as const satisfies Readonly<Record<string, Scenario>>;
export type ScenarioName = keyof typeof SCENARIOS;
