import { Injectable, Logger } from '@nestjs/common';
import type { Feed } from '#libs/dispatching';
import type { Stream } from '#libs/kernel';
import { Sealer, UnsealableError } from '#libs/platform';
import { SUBSCRIPTIONS_PROJECTION } from '#libs/projections';
import type { LiveSubscription } from '#libs/webhooks';
import { prepared } from '../database/prepared-statement.js';
import { PrismaService } from '../database/prisma.service.js';
import { streamOf } from '../projections/stream-row.js';
import { liveFeed } from './subscription-feed.js';

/** Which build of the read model queries see, and how far it has come: rows change together with it. */
const STANDING = prepared(`
  select concat(projection.build, ' ', string_agg(concat(topic, partition, '@', next_offset), ' ' order by topic, partition))
    as standing
  from projection join projection_checkpoint as checkpoint
    on checkpoint.projection = name and checkpoint.build = projection.build
  where name = $1 group by projection.build`);

interface ActiveRevisions {
  readonly standing: string | undefined;
  readonly revisions: ReadonlyMap<string, number>;
}

/** Where a page ends: the next one begins below it. */
export interface SubscriptionPageEnd {
  readonly createdAt: string;
  readonly subscriptionId: string;
}

/** Queries of the present state of webhook subscriptions; deleted ones are not there any more. */
@Injectable()
export class WebhookSubscriptionRepository {
  readonly #logger = new Logger(WebhookSubscriptionRepository.name);
  /** Told of once each, though they are asked for again and again. */
  readonly #unsealable = new Set<string>();
  #active: ActiveRevisions = { standing: undefined, revisions: new Map() };

  constructor(
    private readonly prisma: PrismaService,
    private readonly sealer: Sealer,
  ) {}

  async findOne(tenant: string, subscriptionId: string): Promise<Stream<LiveSubscription> | undefined> {
    const row = await this.prisma.webhookSubscription.findFirst({ where: { tenant, subscriptionId } });
    return row ? streamOf<LiveSubscription>(row) : undefined;
  }

  /** Of one tenant, newest first. */
  async findPage(
    tenant: string,
    limit: number,
    after: SubscriptionPageEnd | undefined,
  ): Promise<Stream<LiveSubscription>[]> {
    const createdAt = after && new Date(after.createdAt);
    const rows = await this.prisma.webhookSubscription.findMany({
      where: {
        tenant,
        ...(after &&
          createdAt && {
            OR: [
              { createdAt: { lt: createdAt } },
              { createdAt, subscriptionId: { lt: after.subscriptionId } },
            ],
          }),
      },
      orderBy: [{ createdAt: 'desc' }, { subscriptionId: 'desc' }],
      take: limit,
    });
    return rows.map((row) => streamOf<LiveSubscription>(row));
  }

  /** How many the tenant has. */
  count(tenant: string): Promise<number> {
    return this.prisma.webhookSubscription.count({ where: { tenant } });
  }

  /**
   * The revision of every subscription, of any tenant, that is to be delivered to, by the id of its feed. As it is asked
   * for again and again, they are read only when their read model has moved.
   */
  async activeRevisions(): Promise<ReadonlyMap<string, number>> {
    // Before the rows: what commits in between is in them, and moves it once more.
    const { rows } = await this.prisma.pool.query<{ standing: string }>(STANDING([SUBSCRIPTIONS_PROJECTION]));
    const standing = rows[0]?.standing;
    if (standing !== undefined && standing === this.#active.standing) return this.#active.revisions;
    this.#active = { standing, revisions: await this.#readRevisions() };
    return this.#active.revisions;
  }

  async #readRevisions(): Promise<ReadonlyMap<string, number>> {
    const rows = await this.prisma.webhookSubscription.findMany({
      where: { status: 'active' },
      select: { subscriptionId: true, revision: true },
    });
    return new Map(rows.map(({ subscriptionId, revision }) => [subscriptionId, revision]));
  }

  /**
   * Those of these, of any tenant, that are to be delivered to. One whose secrets cannot be opened, since their key has
   * gone, is left out: it must not hold up the others.
   */
  async findActive(subscriptionIds: readonly string[]): Promise<Feed[]> {
    const rows = await this.prisma.webhookSubscription.findMany({
      where: { subscriptionId: { in: [...subscriptionIds] }, status: 'active' },
    });
    return rows.flatMap((row) => this.#open(streamOf<LiveSubscription>(row)));
  }

  #open(stream: Stream<LiveSubscription>): Feed[] {
    const { subscriptionId } = stream.state;
    try {
      const feed = liveFeed(stream, this.sealer);
      this.#unsealable.delete(subscriptionId);
      return [feed];
    } catch (error) {
      if (!(error instanceof UnsealableError)) throw error;
      if (!this.#unsealable.has(subscriptionId))
        this.#logger.error(`nothing can be delivered to subscription ${subscriptionId}: ${error.message}`);
      this.#unsealable.add(subscriptionId);
      return [];
    }
  }
}
