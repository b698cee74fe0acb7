import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Gauge } from 'prom-client';
import { systemClock, unlessAborted } from '#libs/kernel';
import { RecentAnswer } from '#libs/operations/core';
import { type ConsumerCheckpoint, StandingCounts } from '#libs/operations/postgres';
import { type SubscriptionBand, SubscriptionBands } from '#libs/webhook-delivery/postgres';
import { LogStanding } from '../projections/log-standing.js';
import { Overview } from './overview.js';
import type { OverviewNow } from './overview.schemas.js';

/** Whoever scrapes gets all else without what is not known by then. */
const PATIENCE_MS = 2_000;
/** All gauges of a scrape share one look. */
const MAX_AGE_MS = 1_000;
const BANDS_MAX_AGE_MS = 10_000;

/** Where the system stands. What is not known now is absent. */
export interface Standing {
  readonly overview?: Pick<
    OverviewNow,
    'projections' | 'oldestUndelivered' | 'stuckProcesses' | 'paymentsInReview' | 'deadLetters' | 'missing'
  >;
  /** Milliseconds by consumer. */
  readonly consumers?: ReadonlyMap<string, number>;
  readonly bands?: Readonly<Record<SubscriptionBand, number>>;
}

/** Where the values come from. Global, as metrics are. */
let observed: () => Promise<Standing> = async () => ({});

export const observeStanding = (look: typeof observed): void => {
  observed = look;
};

type Series<Label extends string> = readonly (readonly [Readonly<Record<Label, string>>, number])[];

interface StandingGauge<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly label?: Label;
  /** Empty while nobody knows. */
  readonly read: (standing: Standing) => Series<Label>;
}

/** Shown by every process that watches, of the whole system: so of several the largest counts, and not their sum. */
function standingGauge<Label extends string = never>({ name, help, label, read }: StandingGauge<Label>) {
  return new Gauge<Label>({
    name,
    help,
    labelNames: label === undefined ? [] : [label],
    aggregator: 'max',
    async collect() {
      const series = read(await observed());
      // A gauge without labels would begin again with 0.
      if (label === undefined) this.remove();
      else this.reset();
      for (const [labels, value] of series) this.set(labels, value);
    },
  });
}

/** Computed at each scrape. */
export const standingGauges = [
  standingGauge({
    name: 'orderstream_projection_age_seconds',
    help: 'Age of the oldest event that a read model does not have yet, whoever projects it; 0 if it has all. To five seconds.',
    label: 'projection',
    read: ({ overview }) =>
      (overview?.projections ?? []).map(
        ({ name, lagMs }) => [{ projection: name }, (lagMs ?? 0) / 1_000] as const,
      ),
  }),
  standingGauge({
    name: 'orderstream_consumer_age_seconds',
    help: 'Age of the oldest event that a consumer has not looked at yet, whoever runs it; 0 if it has all. To five seconds.',
    label: 'consumer',
    read: ({ consumers }) =>
      [...(consumers ?? [])].map(([consumer, ms]) => [{ consumer }, ms / 1_000] as const),
  }),
  standingGauge({
    name: 'orderstream_dead_letters',
    help: 'What waits for a person, by kind, of all tenants; at most 10,000 of a kind are counted.',
    label: 'kind',
    read: ({ overview }) =>
      (overview?.deadLetters ?? []).map(({ kind, count }) => [{ kind }, count] as const),
  }),
  standingGauge({
    name: 'orderstream_webhook_subscriptions',
    help: 'Subscriptions by how many of their attempts of the last half hour to hour succeeded, of all tenants.',
    label: 'band',
    read: ({ bands }) => Object.entries(bands ?? {}).map(([band, count]) => [{ band }, count] as const),
  }),
  standingGauge({
    name: 'orderstream_webhook_oldest_undelivered_seconds',
    help: 'Since when the webhook has failed that has failed longest; 0 if none fails.',
    read: ({ overview }) =>
      overview && isKnown(overview, 'webhooks')
        ? [[{}, (overview.oldestUndelivered?.ageMs ?? 0) / 1_000]]
        : [],
  }),
  standingGauge({
    name: 'orderstream_payments_in_review',
    help: 'Payments that wait for a person, of all tenants; at most 10,000 are counted.',
    read: ({ overview }) => (overview?.paymentsInReview ? [[{}, overview.paymentsInReview.count]] : []),
  }),
];

const isKnown = ({ missing }: Pick<OverviewNow, 'missing'>, part: OverviewNow['missing'][number]['part']) =>
  !missing.some((each) => each.part === part);

/** Shows the overview, and more that is asked of the database and the log, as metrics. */
@Injectable()
export class StandingMetrics implements OnModuleInit {
  readonly #now = new RecentAnswer(() => this.#look(), MAX_AGE_MS, systemClock);
  readonly #bands = new RecentAnswer(() => this.bands.counts(), BANDS_MAX_AGE_MS, systemClock);

  constructor(
    private readonly overview: Overview,
    private readonly standing: StandingCounts,
    private readonly bands: SubscriptionBands,
    private readonly log: LogStanding,
  ) {}

  onModuleInit(): void {
    observeStanding(() => this.#now.answer());
  }

  async #look(): Promise<Standing> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const inTime = <Value>(work: Promise<Value>) => unlessAborted(work, signal).catch(() => undefined);
    const [overview, consumers, bands] = await Promise.all([
      inTime(this.overview.now()),
      inTime(this.#consumers()),
      inTime(this.#bands.answer()),
    ]);
    return { ...(overview && { overview }), ...(consumers && { consumers }), ...(bands && { bands }) };
  }

  async #consumers(): Promise<ReadonlyMap<string, number>> {
    const checkpoints = await this.standing.consumers();
    // Read last, so that no end is below a checkpoint that was read before it.
    const ends = await this.log.ends();
    const ages = new Map<string, number>();
    for (const at of await this.log.pastControlRecords<ConsumerCheckpoint>(checkpoints, ends)) {
      const { ms = 0 } = this.log.lateness(at, at.nextOffset) ?? {};
      ages.set(at.consumer, Math.max(ages.get(at.consumer) ?? 0, ms));
    }
    return ages;
  }
}
