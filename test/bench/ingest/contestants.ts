import type { Measurement } from '../measuring/measurement.js';
import { failuresText, figuresIn, type Outcome } from '../report/report.js';
import { ORDER } from './order.js';
import type { RawJob } from './raw-appends.js';

export const SECTIONS = {
  single: 'Single ingestion: POST /v1/orders, or one event an append',
  'one-partition': 'The same into a topic of 1 partition',
  batch: 'Batches: POST /v1/orders/batch of 1,000 orders, or so many events an append',
  sealing: 'Personal data: POST /v1/orders with a name and an e-mail address, sealed or not',
  tracing: 'Tracing: POST /v1/orders, recorded not at all, for a tenth of the requests, for all',
  'hot-stream': 'One hot stream: POST /v1/stock/{sku}/receipts on one sku, or one partition',
} as const;
export type Section = keyof typeof SECTIONS;

export type TracedApp = 'command-api, a tenth traced' | 'command-api, all traced';
export type App =
  | 'command-api'
  | 'command-api, unsealed'
  | 'command-api, 1 partition'
  | TracedApp
  | 'trivial'
  | 'emmett';

export interface HttpTarget {
  readonly app: App;
  readonly path: string;
  readonly contentType: string;
  readonly body: string;
}

export interface Contestant {
  readonly section: Section;
  readonly name: string;
  /** Connections, or callers: requests in flight. */
  readonly concurrency: number;
  readonly eventsEach: number;
  readonly target: HttpTarget | Pick<RawJob, 'way' | 'partitions'>;
  /** Names of its rivals in the same section and concurrency, in whose throughput its own is expressed. */
  readonly against: readonly string[];
}

export const PRODUCT = 'command-api';
export const TENTH_TRACED = 'command-api, a tenth traced';
export const ALL_TRACED = 'command-api, all traced';
export const UNSEALED = 'command-api, unsealed';
export const TRIVIAL = 'trivial POST';
export const EMMETT = 'Emmett on Postgres';
export const FENCED = 'fenced appends';
export const PLAIN_SINGLE = 'plain produce, one by one';
export const PLAIN_1000 = 'plain produce, 1,000 each';
const PLAIN_100 = 'plain produce, 100 each';
export const PRODUCT_JSON = 'command-api, JSON';
export const PRODUCT_NDJSON = 'command-api, NDJSON';

/** Connections at which everybody competes. */
export const MIDDLE = 64;
export const CONNECTIONS = [1, MIDDLE, 512, 4_096];
/** Emmett's requests wait for a pool of connections: more of them only wait longer. */
const EMMETT_MOST = 512;
/** Batches in flight. The goal is told at the last. */
export const BATCHES_IN_FLIGHT = [1, 4];
const BATCH = 1_000;
const PARTITIONS = 12;

const json = (app: App, path: string, body: unknown): HttpTarget => ({
  app,
  path,
  contentType: 'application/json',
  body: JSON.stringify(body),
});
const fenced = (partitions: number) => ({ way: 'fenced', partitions }) as const;
const PLAIN = { way: 'plain', partitions: PARTITIONS } as const;

/** Those that compete with each other. */
export type Group = readonly [Contestant, ...Contestant[]];

function single(concurrency: number): Group {
  const common = { section: 'single', concurrency, eventsEach: 1 } as const;
  const order = (app: App) => json(app, '/v1/orders', ORDER);
  return [
    { ...common, name: PRODUCT, target: order('command-api'), against: [TRIVIAL, EMMETT, FENCED] },
    { ...common, name: TRIVIAL, target: order('trivial'), against: [] },
    ...(concurrency <= EMMETT_MOST
      ? [{ ...common, name: EMMETT, target: order('emmett'), against: [TRIVIAL] }]
      : []),
    { ...common, name: FENCED, target: fenced(PARTITIONS), against: [PLAIN_SINGLE] },
    ...(concurrency === MIDDLE ? [{ ...common, name: PLAIN_SINGLE, target: PLAIN, against: [] }] : []),
  ];
}

function batches(concurrency: number): Group {
  const common = { section: 'batch', concurrency, eventsEach: BATCH, against: [PLAIN_1000, FENCED] } as const;
  const orders = Array.from({ length: BATCH }, () => ORDER);
  const array = json('command-api', '/v1/orders/batch', orders);
  const lines = orders.map((order) => JSON.stringify(order)).join('\n');
  const ndjson = { ...array, contentType: 'application/x-ndjson', body: lines };
  return [
    { ...common, name: PRODUCT_JSON, target: array },
    { ...common, name: PRODUCT_NDJSON, target: ndjson },
    { ...common, name: PLAIN_1000, target: PLAIN, against: [] },
    { ...common, name: PLAIN_100, eventsEach: 100, target: PLAIN, against: [PLAIN_1000] },
    { ...common, name: FENCED, target: fenced(PARTITIONS), against: [PLAIN_1000] },
  ];
}

function tracing(): Group {
  const common = { section: 'tracing', concurrency: MIDDLE, eventsEach: 1 } as const;
  const order = (app: App) => json(app, '/v1/orders', ORDER);
  return [
    { ...common, name: PRODUCT, target: order('command-api'), against: [] },
    { ...common, name: TENTH_TRACED, target: order(TENTH_TRACED), against: [PRODUCT] },
    { ...common, name: ALL_TRACED, target: order(ALL_TRACED), against: [PRODUCT] },
  ];
}

function sealing(): Group {
  const common = { section: 'sealing', concurrency: MIDDLE, eventsEach: 1 } as const;
  const order = (app: App) => json(app, '/v1/orders', ORDER);
  return [
    { ...common, name: UNSEALED, target: order(UNSEALED), against: [] },
    { ...common, name: PRODUCT, target: order('command-api'), against: [UNSEALED] },
  ];
}

function inOnePartition(section: 'one-partition' | 'hot-stream', product: HttpTarget): Group {
  const common = { section, concurrency: MIDDLE, eventsEach: 1 } as const;
  return [
    { ...common, name: PRODUCT, target: product, against: [FENCED] },
    { ...common, name: FENCED, target: fenced(1), against: [] },
  ];
}

/** All, in the order of the report. */
export const contestants = (connections: readonly number[]): readonly Group[] => [
  ...connections.map(single),
  inOnePartition('one-partition', json('command-api, 1 partition', '/v1/orders', ORDER)),
  ...BATCHES_IN_FLIGHT.map(batches),
  sealing(),
  tracing(),
  inOnePartition('hot-stream', json('command-api', '/v1/stock/hot-sku/receipts', { quantity: 1 })),
];

export type IngestOutcome = Outcome<Contestant, Measurement>;

/** A failure voids every number of the contestant, as does a round without one. */
export function voidIn({ runs }: IngestOutcome): string | undefined {
  const all: Record<string, number> = {};
  for (const { failures } of runs) {
    for (const [kind, count] of Object.entries(failures)) all[kind] = (all[kind] ?? 0) + count;
  }
  if (Object.keys(all).length > 0) return `failed: ${failuresText(all)}`;
  const isMeasured = runs.length > 0 && runs.every(({ perSecond }) => perSecond > 0);
  return isMeasured ? undefined : 'a round without an answer in time';
}

export const figures = figuresIn<Measurement, IngestOutcome>({ voidIn });

export const throughput = ({ perSecond }: Measurement): number => perSecond;
