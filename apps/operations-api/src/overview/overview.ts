import { Injectable } from '@nestjs/common';
import type { HealthCheckResult } from '@nestjs/terminus';
import { formatInstant, type Instant, messageOf, systemClock } from '#libs/kernel';
import { RecentAnswer } from '#libs/operations/core';
import { type BoundedCount, StandingCounts } from '#libs/operations/postgres';
import { HealthChecks } from '#libs/platform';
import { Projections } from '../projections/projections.js';
import type { ProjectionDocument } from '../projections/projection.schemas.js';
import type { OverviewDocument, OverviewNow } from './overview.schemas.js';
import { RateSamples } from './rate-samples.js';

/** However many look. */
const MAX_AGE_MS = 1_000;
/** Checks ask every dependency, and wait for one that does not answer. */
const READINESS_MAX_AGE_MS = 5_000;
const ELSEWHERE =
  'no process behind this port takes commands: orders and appends are in /metrics of the command APIs';

type Part = OverviewNow['missing'][number]['part'];

/** Where the whole system stands. A part that cannot be told is missing, and all others are there. */
@Injectable()
export class Overview {
  readonly #now: RecentAnswer<OverviewNow>;
  readonly #readiness: RecentAnswer<HealthCheckResult>;

  constructor(
    private readonly samples: RateSamples,
    private readonly projections: Projections,
    private readonly standing: StandingCounts,
    checks: HealthChecks,
  ) {
    this.#now = new RecentAnswer(() => this.#look(), MAX_AGE_MS, systemClock);
    this.#readiness = new RecentAnswer(() => checks.check(), READINESS_MAX_AGE_MS, systemClock);
  }

  now(): Promise<OverviewNow> {
    return this.#now.answer();
  }

  async withSeries(): Promise<OverviewDocument> {
    return { ...(await this.now()), series: [...this.samples.series] };
  }

  async #look(): Promise<OverviewNow> {
    const missing: OverviewNow['missing'] = [];
    const orMissing = async <Value>(part: Part, value: Promise<Value>): Promise<Value | undefined> => {
      try {
        return await value;
      } catch (error) {
        missing.push({ part, reason: messageOf(error) });
        return undefined;
      }
    };
    const [projections, oldest, counts, owners, readiness] = await Promise.all([
      orMissing('projections', this.projections.list()),
      orMissing('webhooks', this.standing.oldestUndelivered()),
      orMissing('counts', this.standing.counts()),
      orMissing('owners', this.standing.owners()),
      orMissing('readiness', this.#readiness.answer()),
    ]);
    const { series, countsCommands, processes } = this.samples;
    const { at: _, ...rates } = series.at(-1) ?? { at: '' };
    if (series.length > 0 && !countsCommands)
      missing.push({ part: 'commands', reason: ELSEWHERE, isElsewhere: true });
    const now = systemClock.now();
    const stopped = projections?.reduce((sum, { stoppedPartitions }) => sum + stoppedPartitions, 0);
    return {
      at: formatInstant(now as Instant),
      ...rates,
      ...(projections && { projections: projections.map(shortProjection) }),
      ...(oldest && {
        oldestUndelivered: {
          ageMs: Math.max(0, now - oldest.since.getTime()),
          since: oldest.since.toISOString(),
          subscriptionId: oldest.subscriptionId,
          tenant: oldest.tenant,
        },
      }),
      ...(counts && {
        stuckProcesses: countOf(counts.stuckProcesses),
        paymentsInReview: countOf(counts.paymentsInReview),
        deadLetters: [
          { kind: 'webhook', ...countOf(counts.parkedWebhooks) },
          { kind: 'process', ...countOf(counts.stuckProcesses) },
          ...(stopped === undefined ? [] : [{ kind: 'projection' as const, count: stopped }]),
          { kind: 'mail', ...countOf(counts.failedMails) },
        ],
      }),
      ...(owners && { partitions: { owned: owners.partitions, owners: owners.owners } }),
      processes,
      ...(readiness && { readiness: readinessOf(readiness) }),
      missing,
    };
  }
}

const countOf = ({ count, isLowerBound }: BoundedCount) => ({
  count,
  ...(isLowerBound && { countIsLowerBound: true }),
});

const shortProjection = ({
  partitions: _,
  version: _version,
  build: _build,
  builtIn: _builtIn,
  verification: _verification,
  ...short
}: ProjectionDocument) => short;

const readinessOf = ({ status, details }: HealthCheckResult): NonNullable<OverviewNow['readiness']> => ({
  status: status === 'ok' ? 'ok' : 'error',
  parts: Object.entries(details).map(([name, { status: own, message, notices }]) => ({
    name,
    status: own === 'up' ? 'up' : 'down',
    ...(typeof message === 'string' && { message }),
    ...(Array.isArray(notices) && { notices: notices.map(String) }),
  })),
});
