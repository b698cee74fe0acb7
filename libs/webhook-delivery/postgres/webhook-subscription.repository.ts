import { Injectable, Logger } from '@nestjs/common';
import { asError, type Stream } from '#libs/kernel';
import type { Feed } from '../core/ports.js';
import type { FeedRevisions } from '../core/feeds/feed-index.js';
import { Sealer } from '#libs/platform';
import { type LiveSubscription, type RulePlace, SUBSCRIPTION_AGGREGATE, withoutPassed } from '#libs/webhooks';
import { type FoundPage, PrismaService } from '#libs/postgres';
import { type RowPageEnd, StateTables, streamOf } from '#libs/projections/postgres';
import { ActiveSubscriptions } from './active-subscriptions.js';
import { rulePlaces } from './rule-places.js';
import { liveFeed } from './subscription-feed.js';

/** The number and size of a tenant's webhook subscriptions. `bytes` is the sum of `jsonBytes` of their states. */
export interface SubscriptionUsage {
  readonly subscriptions: number;
  readonly bytes: number;
}

/** Queries on the present state of webhook subscriptions, without deleted ones. */
@Injectable()
export class WebhookSubscriptionRepository {
  readonly #logger = new Logger(WebhookSubscriptionRepository.name);
  /** Subscriptions whose error is already logged. */
  readonly #unsealable = new Set<string>();
  readonly #active: ActiveSubscriptions;
  readonly #tables: StateTables;

  constructor(
    private readonly prisma: PrismaService,
    private readonly sealer: Sealer,
  ) {
    this.#active = new ActiveSubscriptions(prisma.pool);
    this.#tables = new StateTables(prisma);
  }

  findOne(tenant: string, subscriptionId: string): Promise<Stream<LiveSubscription> | undefined> {
    return this.#tables.findOne(SUBSCRIPTION_AGGREGATE, tenant, subscriptionId);
  }

  /** A page of one tenant's subscriptions, newest first. */
  findPage(
    tenant: string,
    limit: number,
    after: RowPageEnd | undefined,
  ): Promise<FoundPage<Stream<LiveSubscription>>> {
    return this.#tables.findPage(SUBSCRIPTION_AGGREGATE, tenant, { limit, after });
  }

  async usage(tenant: string): Promise<SubscriptionUsage> {
    const { _count, _sum } = await this.prisma.webhookSubscription.aggregate({
      where: { tenant },
      _count: true,
      _sum: { bytes: true },
    });
    return { subscriptions: _count, bytes: _sum.bytes ?? 0 };
  }

  /** Returns the revisions of all active subscriptions by feed id; see {@link ActiveSubscriptions}. */
  activeRevisions(): Promise<readonly FeedRevisions[]> {
    return this.#active.revisions();
  }

  /**
   * The active ones among these subscriptions, of any tenant. Leaves out those that cannot be opened, usually because the
   * key of their secrets is gone, so that they do not delay the others, and rules that all cursors have passed.
   */
  async findActive(subscriptionIds: readonly string[]): Promise<Feed[]> {
    const rows = await this.prisma.webhookSubscription.findMany({
      where: { subscriptionId: { in: [...subscriptionIds] }, status: 'active' },
    });
    const streams = rows.map((row) => streamOf<LiveSubscription>(row));
    const changed = streams.filter(({ state }) => state.rules.length > 1);
    const ids = changed.map(({ state }) => state.subscriptionId);
    const places = await rulePlaces(this.prisma.pool, ids);
    return streams.flatMap((stream) => this.#open(stream, places.get(stream.state.subscriptionId)));
  }

  #open(stream: Stream<LiveSubscription>, places: ReadonlyMap<string, RulePlace> = new Map()): Feed[] {
    const { subscriptionId, rules } = stream.state;
    try {
      const feed = { ...liveFeed(stream, this.sealer), rules: withoutPassed(rules, places) };
      this.#unsealable.delete(subscriptionId);
      return [feed];
    } catch (error) {
      if (!this.#unsealable.has(subscriptionId))
        this.#logger.error(
          `nothing can be delivered to subscription ${subscriptionId}: ${asError(error).message}`,
        );
      this.#unsealable.add(subscriptionId);
      return [];
    }
  }
}
