import { Inject, Injectable } from '@nestjs/common';
import { formatInstant, type Instant } from '#libs/kernel';
import { type PooledPrisma, PrismaService } from '#libs/postgres';
import { DELIVERY_STATE, type DeliveryStatus } from './delivery.repository.js';
import { REDRIVEN } from './dead-letter.repository.js';

const MAX_SUBSCRIPTIONS = 100;
const MAX_DELIVERIES = 1_000;

/** What became of an event at one subscription; replays count as deliveries of their own. */
export interface EventDelivery {
  readonly subscriptionId: string;
  readonly callbackUrl: string;
  readonly eventId: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  readonly lastAttemptAt: Date;
}

/**
 * Each subscription's attempts of these events come from one look at an index, in each day that they can be in. They are in no
 * order there, because an order would lead to the index of all its attempts by time.
 */
const OF_EVENTS = `
  with subscription as (
    select subscription_id, state->>'callbackUrl' as url from webhook_subscription
    where tenant = $1 order by created_at desc, subscription_id desc limit ${MAX_SUBSCRIPTIONS}
  ), last as (
    select distinct on (attempt.subscription_id, attempt.feed_id, attempt.event_id) attempt.*, url,
      count(*) filter (where outcome <> '${REDRIVEN}')
        over (partition by attempt.subscription_id, attempt.feed_id, attempt.event_id) as made
    from subscription cross join lateral (
      select * from webhook_attempt
      where webhook_attempt.subscription_id = subscription.subscription_id and event_id = any($2::uuid[])
        and started_at >= $3::timestamptz
      limit ${MAX_DELIVERIES}
    ) as attempt
    order by attempt.subscription_id, attempt.feed_id, attempt.event_id, started_at desc, attempt_id desc
  )
  select last.subscription_id as "subscriptionId", url as "callbackUrl", last.event_id as "eventId", status,
    made::int as attempts, started_at as "lastAttemptAt"
  from last ${DELIVERY_STATE}
  order by started_at, attempt_id limit ${MAX_DELIVERIES + 1}`;

/** Tells what subscribers of a tenant got of given events. */
@Injectable()
export class EventDeliveryRepository {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /**
   * Deliveries of the events to the newest 100 subscriptions, oldest first, as far back as the delivery log goes.
   * @param since none of the events is older
   */
  async findOf(
    tenant: string,
    eventIds: readonly string[],
    since: Instant,
  ): Promise<{ readonly items: readonly EventDelivery[]; readonly truncated: boolean }> {
    if (eventIds.length === 0) return { items: [], truncated: false };
    const [{ rows }, truncated] = await Promise.all([
      this.prisma.pool.query<EventDelivery>(OF_EVENTS, [tenant, eventIds, formatInstant(since)]),
      this.#hasMore(tenant),
    ]);
    return { items: rows.slice(0, MAX_DELIVERIES), truncated: truncated || rows.length > MAX_DELIVERIES };
  }

  async #hasMore(tenant: string): Promise<boolean> {
    const { rowCount } = await this.prisma.pool.query(
      `select from webhook_subscription where tenant = $1 order by created_at desc, subscription_id desc
       limit 1 offset ${MAX_SUBSCRIPTIONS}`,
      [tenant],
    );
    return rowCount === 1;
  }
}
