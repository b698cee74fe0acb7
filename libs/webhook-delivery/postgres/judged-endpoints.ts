import { Inject, Injectable } from '@nestjs/common';
import { type PooledPrisma, PrismaService } from '#libs/postgres';
import type { EndpointHealth } from '#libs/webhooks';
import {
  DISABLE_AFTER_MS,
  type EndpointFacts,
  JUDGED_MS,
  RECENT_MS,
} from '../core/health/endpoint-health.js';
import { tallyRange } from '../core/tallies/tally-periods.js';

/** An active subscription whose owner may have to hear how its endpoint fares. */
export interface JudgedEndpoint {
  readonly subscriptionId: string;
  readonly tenant: string;
  readonly revision: number;
  readonly eventTypes: readonly string[];
  /** The warning that the owner has. */
  readonly former: EndpointHealth['warning'];
  /** Of the delivery that has failed longest. */
  readonly lastError: string | null;
  readonly facts: EndpointFacts;
}

const DELIVERED = 'status_code between 200 and 299';
const COUNTED = `coalesce(sum(attempts), 0)::float8`;

/** Subscriptions that a query returns. */
const PAGE = 200;
/** Before every id. */
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

/**
 * Parameters: the start of the judged and of the recent time, the length of a long step and the start of the first, and
 * where the page before ended. Replays don't count, as they may have another URL. The planner would read and sort all of a
 * subscription's lanes; it cannot see through `coalesce`, so it walks the index of failing lanes to the first one.
 */
const CANDIDATES = `
  with candidate as materialized (
    select subscription.subscription_id, tenant, revision, state -> 'eventTypes' as event_types,
      state -> 'warned' ->> 'warning' as former, (state ->> 'judgedFrom')::timestamptz as judged_from,
      failing_since, last_error
    from webhook_subscription as subscription
    left join lateral (
      select failing_since, last_error from webhook_lane as lane
      where lane.subscription_id = subscription.subscription_id and failing_since is not null
        and coalesce(
          feed_id = lane.subscription_id
            and endpoint_revision = coalesce((state ->> 'endpointRevision')::int, 0), false
        )
      order by failing_since limit 1
    ) as failing on true
    where status = 'active' and (failing_since is not null or state -> 'warned' is not null)
      and subscription.subscription_id > $5::uuid
    order by subscription.subscription_id limit ${PAGE}
  )
  select candidate.*, minutes.*, steps.*
  from candidate
  cross join lateral (
    select ${COUNTED} as judged_attempts,
      coalesce(sum(attempts) filter (where ${DELIVERED}), 0)::float8 as judged_delivered,
      coalesce(sum(attempts) filter (where started_at >= $2), 0)::float8 as recent_attempts,
      coalesce(sum(attempts) filter (where started_at >= $2 and ${DELIVERED}), 0)::float8 as recent_delivered,
      min(started_at) filter (where not ${DELIVERED}) as first_failed_at
    from webhook_tally as tally
    where tally.subscription_id = candidate.subscription_id and step_minutes = 1
      and started_at >= greatest($1::timestamptz, judged_from)
  ) as minutes
  cross join lateral (
    select max(started_at) filter (where ${DELIVERED}) as last_delivered_at,
      max(started_at) filter (where not ${DELIVERED}) as last_failed_at
    from webhook_tally as tally
    where tally.subscription_id = candidate.subscription_id and step_minutes = $3 and started_at >= $4::timestamptz
  ) as steps
  order by candidate.subscription_id`;

interface CandidateRow {
  readonly subscription_id: string;
  readonly tenant: string;
  readonly revision: number;
  readonly event_types: readonly string[];
  readonly former: EndpointHealth['warning'];
  readonly judged_from: Date | null;
  readonly failing_since: Date | null;
  readonly last_error: string | null;
  readonly judged_attempts: number;
  readonly judged_delivered: number;
  readonly recent_attempts: number;
  readonly recent_delivered: number;
  readonly first_failed_at: Date | null;
  readonly last_delivered_at: Date | null;
  readonly last_failed_at: Date | null;
}

/** Finds the active subscriptions for which deliveries fail, or whose owner was warned, with a few index lookups for each. */
@Injectable()
export class JudgedEndpoints {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /**
   * Reads a page at a time, in the order of their ids.
   * @param now milliseconds since 1970
   */
  async *find(now: number): AsyncGenerator<JudgedEndpoint> {
    const { stepMinutes } = tallyRange('7d', now);
    let last: string | undefined = BEFORE_ALL;
    while (last !== undefined) {
      const { rows }: { rows: CandidateRow[] } = await this.prisma.pool.query<CandidateRow>(CANDIDATES, [
        new Date(now - JUDGED_MS),
        new Date(now - RECENT_MS),
        stepMinutes,
        new Date(now - DISABLE_AFTER_MS),
        last,
      ]);
      for (const row of rows) yield endpointOf(row);
      last = rows.length < PAGE ? undefined : rows.at(-1)?.subscription_id;
    }
  }
}

const endpointOf = (row: CandidateRow): JudgedEndpoint => ({
  subscriptionId: row.subscription_id,
  tenant: row.tenant,
  revision: row.revision,
  eventTypes: row.event_types,
  former: row.former,
  lastError: row.last_error,
  facts: {
    judged: { attempts: row.judged_attempts, delivered: row.judged_delivered },
    recent: { attempts: row.recent_attempts, delivered: row.recent_delivered },
    firstFailedAt: timeOf(row.first_failed_at),
    failingSince: timeOf(row.failing_since),
    lastDeliveredAt: timeOf(row.last_delivered_at),
    lastFailedAt: timeOf(row.last_failed_at),
    judgedFrom: timeOf(row.judged_from),
  },
});

const timeOf = (date: Date | null): number | null => date?.getTime() ?? null;
