import { DAY, HOUR, MINUTE, realTime, type Time } from './time-scale.js';

/** A promise about a share of events, or of time. Its expressions take a window, and keep the labels in `by`. */
export interface Objective {
  /** The label `slo` of its series. */
  readonly slo: string;
  /** The share that must be good, over 30 days. */
  readonly target: number;
  /** For people: what is good. */
  readonly promise: string;
  /** The share of bad ones in the window. */
  readonly badRatio: (window: string) => string;
  /** How many there were in the window; absent where time is counted. */
  readonly events?: (window: string) => string;
  readonly alert: {
    /** Names the alert and its runbook. */
    readonly name: string;
    /** What a customer sees. */
    readonly summary: string;
  };
}

/** Windows too short for these are quiet: one slow request at night is no trend. */
export const LEAST_EVENTS = 50;

/** Commands of one thing. Batches, refunds and replays take as long as what they ask for. */
export const COMMANDS =
  'method=~"POST|PUT|PATCH|DELETE",route=~"/v1/orders|/v1/orders/:orderId/status|/v1/carts/:cartId|/v1/carts/:cartId/items/:sku|/v1/stock/:sku/.+"';

/** A bound as prom-client writes it, and as Prometheus 3 stores it. */
const le = (seconds: number): string =>
  Number.isInteger(seconds) ? `le=~"${seconds}(\\\\.0)?"` : `le="${seconds}"`;

/** Without a single good event there is no series of them. */
const badShare = (good: string, all: string): string => `1 - (sum(${good}) or vector(0)) / sum(${all})`;

const fasterThan = (histogram: string, seconds: number): Pick<Objective, 'badRatio' | 'events'> => ({
  badRatio: (window) =>
    badShare(`rate(${histogram}_bucket{${le(seconds)}}[${window}])`, `rate(${histogram}_count[${window}])`),
  events: (window) => `sum(increase(${histogram}_count[${window}]))`,
});

/** Requests that the client got wrong count neither way. */
const ANSWERED = `orderstream_http_request_seconds_count{${COMMANDS},status!~"4.."}`;

/** How old the oldest event that a read model lacks may be. */
export const FRESH_SECONDS = 10;
export const FRESH = 'projection:orderstream_projection_fresh:bool';

export const OBJECTIVES: readonly Objective[] = [
  {
    slo: 'commands',
    target: 0.99,
    promise: 'A command of one order, cart or stock item is acknowledged without an error within 50 ms.',
    badRatio: (window) =>
      badShare(
        `rate(orderstream_http_request_seconds_bucket{${COMMANDS},status=~"2..",${le(0.05)}}[${window}])`,
        `rate(${ANSWERED}[${window}])`,
      ),
    events: (window) => `sum(increase(${ANSWERED}[${window}]))`,
    alert: {
      name: 'CommandBudgetBurn',
      summary: 'Shops wait for their orders to be acknowledged, or get errors',
    },
  },
  {
    slo: 'freshness',
    target: 0.99,
    promise: `A read model has every event that is older than ${FRESH_SECONDS} s. Counted for each read model.`,
    badRatio: (window) => `1 - avg_over_time(${FRESH}[${window}])`,
    alert: {
      name: 'FreshnessBudgetBurn',
      summary: 'Queries answer with old data again and again',
    },
  },
  {
    slo: 'webhooks',
    target: 0.99,
    promise: 'An event is accepted by a subscriber within 0.5 s, of those that subscribers accept.',
    ...fasterThan('orderstream_webhook_latency_seconds', 0.5),
    alert: {
      name: 'WebhookBudgetBurn',
      summary: 'Subscribers learn of events late',
    },
  },
  {
    slo: 'confirmations',
    target: 0.95,
    promise: 'An order is confirmed within 10 s of its creation, of those that are confirmed.',
    ...fasterThan('orderstream_order_confirmation_seconds', 10),
    alert: {
      name: 'ConfirmationBudgetBurn',
      summary: 'Customers wait for the confirmation of their orders',
    },
  },
];

/** A share of the budget of 30 days that is gone in the long window, as the SRE workbook has them; the short one ends it soon. */
export interface Burn {
  readonly severity: 'page' | 'ticket';
  /** How many times as fast as the budget allows. */
  readonly factor: number;
  /** Seconds. */
  readonly long: number;
  readonly short: number;
}

export const BURNS: readonly Burn[] = [
  { severity: 'page', factor: 14.4, long: HOUR, short: 5 * MINUTE },
  { severity: 'page', factor: 6, long: 6 * HOUR, short: 30 * MINUTE },
  { severity: 'ticket', factor: 1, long: 3 * DAY, short: 6 * HOUR },
];

export const BURN_WINDOWS: readonly number[] = [
  ...new Set(BURNS.flatMap(({ long, short }) => [short, long])),
].toSorted((a, b) => a - b);

/** The series of a window. It keeps its name when times are shortened. */
export const errorsOver = (seconds: number): string => `slo:errors:ratio_rate${realTime(seconds)}`;
export const BUDGET_LEFT = 'slo:error_budget_left:ratio';
export const TARGET = 'slo:target:ratio';

/** When a budget burns. */
export function burnExpression({ slo, target, events }: Objective, burn: Burn, time: Time): string {
  const bound = `${burn.factor} * ${Number((1 - target).toFixed(6))}`;
  const burns = [burn.long, burn.short].map((seconds) => `${errorsOver(seconds)}{slo="${slo}"} > ${bound}`);
  const enough = events ? [`on() ${events(time(burn.long))} >= ${LEAST_EVENTS}`] : [];
  return [...burns, ...enough].join(' and ');
}
