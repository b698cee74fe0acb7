import { Inject, Injectable } from '@nestjs/common';
import { type PooledPrisma, PrismaService } from '#libs/postgres';

/**
 * How a subscription's attempts of the last half hour to hour ended: `all`, `most` (99 % or more), `some` or `none` of them
 * succeeded. `none` also has those whose next attempt is further away than that. `idle`: nothing was due. A `paused` or
 * `disabled` one counts as that.
 */
export const SUBSCRIPTION_BANDS = ['all', 'most', 'some', 'none', 'idle', 'paused', 'disabled'] as const;
export type SubscriptionBand = (typeof SUBSCRIPTION_BANDS)[number];

/** Reads the tallies of half an hour: two or three rows for each subscription, where those of minutes would be sixty. */
const BANDS = `
  with recent as (
    select subscription_id, sum(attempts) as attempts,
      coalesce(sum(attempts) filter (where status_code between 200 and 299), 0) as succeeded
    from webhook_tally where step_minutes = 30 and started_at > now() - interval '1 hour'
    group by subscription_id
  )
  select case
      when status <> 'active' then status
      when succeeded = attempts then 'all'
      when succeeded >= 0.99 * attempts then 'most'
      when succeeded > 0 then 'some'
      when attempts > 0 or exists (
        select from webhook_lane as lane
        where lane.subscription_id = subscription.subscription_id and failing_since is not null and retry_at is not null
      ) then 'none'
      else 'idle'
    end as band, count(*)::int as count
  from webhook_subscription as subscription left join recent using (subscription_id)
  where status in ('active', 'paused', 'disabled')
  group by 1`;

/** How many subscriptions fare how, over all tenants: thousands of subscriptions in a handful of numbers. */
@Injectable()
export class SubscriptionBands {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /** Every band has a count. */
  async counts(): Promise<Readonly<Record<SubscriptionBand, number>>> {
    const { rows } = await this.prisma.pool.query<{ band: SubscriptionBand; count: number }>(BANDS);
    const found = new Map(rows.map(({ band, count }) => [band, count]));
    return Object.fromEntries(SUBSCRIPTION_BANDS.map((band) => [band, found.get(band) ?? 0])) as Record<
      SubscriptionBand,
      number
    >;
  }
}
