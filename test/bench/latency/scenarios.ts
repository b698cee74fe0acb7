import type { Pace } from './producers.js';

export const SCENARIOS = {
  everyday: '20 events a second, 1 endpoint',
  one: '1 producer, one event after the other, 1 endpoint',
  eight: '8 producers, 1 endpoint',
  many: '64 producers, 1 endpoint',
  twenty: '8 producers, 20 endpoints, each of which gets every event',
  orders: 'POST /v1/orders on 64 connections, no endpoint',
  steady: '150 events a second over 5,000 streams, 3 endpoints',
  idle: 'Nothing happens: before a load, and after it',
} as const;
export type Scenario = keyof typeof SCENARIOS;

/** What is measured, and how long by default. */
export interface Plan {
  readonly pace: Pace;
  readonly endpoints: number;
  readonly seconds: number;
  /** Whether orders take steps, or are created only. */
  readonly steps: boolean;
  /** Whether somebody looks at the read models in the end. */
  readonly queries: boolean;
  /** One round is enough. */
  readonly once: boolean;
}

const closed = (producers: number): Pace => ({ way: 'closed', producers });
const paced = (perSecond: number, streams: number): Pace => ({ way: 'paced', perSecond, streams });
const LIVE = { endpoints: 1, seconds: 10, steps: true, queries: false, once: false };

export const PLANS: Readonly<Record<Exclude<Scenario, 'idle'>, Plan>> = {
  everyday: { ...LIVE, pace: paced(20, 20), seconds: 30 },
  one: { ...LIVE, pace: closed(1) },
  eight: { ...LIVE, pace: closed(8) },
  many: { ...LIVE, pace: closed(64) },
  twenty: { ...LIVE, pace: closed(8), endpoints: 20 },
  orders: { ...LIVE, pace: closed(64), endpoints: 0, steps: false, queries: true },
  steady: { ...LIVE, pace: paced(150, 5_000), endpoints: 3, seconds: 60, once: true },
};

export const IDLE_SECONDS = 60;
