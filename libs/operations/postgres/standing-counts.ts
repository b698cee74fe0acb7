import { Inject, Injectable } from '@nestjs/common';
import type { TopicPartition } from '#libs/kernel';
import { type PooledPrisma, PrismaService } from '#libs/postgres';

/** Counted up to a limit. */
export interface BoundedCount {
  readonly count: number;
  /** There are more. */
  readonly isLowerBound: boolean;
}

/** The failing webhook delivery that has waited longest. */
export interface OldestUndelivered {
  readonly subscriptionId: string;
  readonly tenant: string;
  readonly since: Date;
}

/** Up to where a consumer has looked at a partition. */
export interface ConsumerCheckpoint extends TopicPartition {
  readonly consumer: 'webhook-dispatcher' | 'process-manager';
  readonly nextOffset: number;
}

const MOST = 10_000;

/** Lanes of a deleted subscription or a cancelled replay are about to go: they have no subscription, or this is false. */
const NOT_CANCELLED = `not exists (select from webhook_replay where replay_id = lane.feed_id and state = 'cancelled')`;

/** Each with its index. A process, payment or mail that stands here belongs to a tenant; projections are counted elsewhere. */
const COUNTED = {
  stuckProcesses: `process where status = 'stuck'`,
  parkedWebhooks: `webhook_lane as lane join webhook_subscription using (subscription_id) where retry_at is null and ${NOT_CANCELLED}`,
  failedMails: `notification where status = 'failed'`,
  paymentsInReview: `payment where status = 'in-review'`,
} as const;
type Counted = keyof typeof COUNTED;

const countOf = (name: string, from: string): string =>
  `(select count(*) from (select from ${from} limit ${MOST}) as counted) as "${name}"`;
const COUNT = `select ${Object.entries(COUNTED)
  .map(([name, from]) => countOf(name, from))
  .join(', ')}`;

/** Nothing is sent to a subscription that is paused or disabled: what waits there is not failing. */
const OLDEST = `
  select lane.subscription_id as "subscriptionId", tenant, failing_since as since
  from webhook_lane as lane
  join webhook_subscription as subscription on subscription.subscription_id = lane.subscription_id
  where failing_since is not null and status = 'active' and ${NOT_CANCELLED}
  order by failing_since limit 1`;

const CONSUMERS = `
  select 'webhook-dispatcher' as consumer, topic, partition, scanned_offset as "nextOffset" from webhook_partition
  union all
  select 'process-manager', topic, partition, next_offset from process_checkpoint`;

/** What stands still, over all tenants, in a few cheap statements. */
@Injectable()
export class StandingCounts {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  async counts(): Promise<Readonly<Record<Counted, BoundedCount>>> {
    const { rows } = await this.prisma.pool.query<Record<Counted, string>>(COUNT);
    const [found] = rows;
    const of = (name: Counted): BoundedCount => {
      const count = Number(found?.[name] ?? 0);
      return { count, isLowerBound: count >= MOST };
    };
    return {
      stuckProcesses: of('stuckProcesses'),
      parkedWebhooks: of('parkedWebhooks'),
      failedMails: of('failedMails'),
      paymentsInReview: of('paymentsInReview'),
    };
  }

  async oldestUndelivered(): Promise<OldestUndelivered | undefined> {
    const { rows } = await this.prisma.pool.query<OldestUndelivered>(OLDEST);
    return rows[0];
  }

  /** How many partitions have an owner that takes their commands, and how many owners there are. */
  async owners(): Promise<{ readonly partitions: number; readonly owners: number }> {
    const { rows } = await this.prisma.pool.query<{ partitions: number; owners: number }>(
      'select count(*)::int as partitions, count(distinct (url, token))::int as owners from partition_owner',
    );
    return rows[0] ?? { partitions: 0, owners: 0 };
  }
  /** How far those are that have no read model of their own. */
  async consumers(): Promise<readonly ConsumerCheckpoint[]> {
    const { rows } = await this.prisma.pool.query<
      Omit<ConsumerCheckpoint, 'nextOffset'> & { nextOffset: string }
    >(CONSUMERS);
    return rows.map(({ nextOffset, ...row }) => ({ ...row, nextOffset: Number(nextOffset) }));
  }
}
