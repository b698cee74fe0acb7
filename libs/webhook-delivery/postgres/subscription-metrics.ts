import { Inject, Injectable } from '@nestjs/common';
import { type PooledPrisma, PrismaService } from '#libs/postgres';
import type { LiveSubscription, PositionVector } from '#libs/webhooks';
import { offsetsBehind } from '../core/feeds/offsets-behind.js';
import type { DeliverySummary } from '../core/tallies/delivery-summary.js';
import type { TallyRange } from '../core/tallies/tally-periods.js';
import { rulePlaces } from './feed-cursor.repository.js';
import { TallyRepository, type UndeliveredSummary } from './tally.repository.js';

/** How a subscription fares. */
export interface SubscriptionMetrics extends DeliverySummary, UndeliveredSummary {
  /** See {@link offsetsBehind}; `undefined` while the log does not tell where it ends. */
  readonly lagEvents: number | undefined;
}

/** Metrics of many subscriptions at once. The caller checks who may see them. */
@Injectable()
export class MetricsOfSubscriptions {
  constructor(
    @Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>,
    private readonly tallies: TallyRepository,
  ) {}

  /** @param ends of all partitions, if the log tells them */
  async of(
    subscriptions: readonly Pick<LiveSubscription, 'subscriptionId' | 'eventTypes' | 'start'>[],
    range: TallyRange,
    ends: PositionVector | undefined,
  ): Promise<ReadonlyMap<string, SubscriptionMetrics>> {
    const ids = subscriptions.map(({ subscriptionId }) => subscriptionId);
    const summaries = await this.tallies.summaries(ids, range);
    const undelivered = await this.tallies.undelivered(ids);
    const places = await rulePlaces(this.prisma.pool, ends ? ids : []);
    const metrics = new Map<string, SubscriptionMetrics>();
    for (const { subscriptionId, eventTypes, start } of subscriptions) {
      const summary = summaries.get(subscriptionId);
      const owed = undelivered.get(subscriptionId);
      if (!summary || !owed) continue;
      const reached = Object.fromEntries(
        [...(places.get(subscriptionId) ?? [])].map(([key, place]) => [key, place.reached]),
      );
      const lagEvents = ends && offsetsBehind({ eventTypes, start, reached }, ends);
      metrics.set(subscriptionId, { ...summary, ...owed, lagEvents });
    }
    return metrics;
  }
}
