import { Inject, Injectable } from '@nestjs/common';
import { formatInstant, type Instant } from '#libs/kernel';
import { arrayLiteral, type PooledPrisma, PrismaService } from '#libs/postgres';
import type { LiveSubscription } from '#libs/webhooks';
import type { TallyRange } from '../core/tallies/tally-periods.js';

/**
 * - `failing`: a delivery to it has failed, and waits for its next attempt or for a person.
 * - `healthy`: it had attempts in the period.
 * - `idle`: it had none.
 */
export const SUBSCRIPTION_HEALTHS = ['failing', 'healthy', 'idle'] as const;
export type SubscriptionHealth = (typeof SUBSCRIPTION_HEALTHS)[number];

export interface WatchedFilter {
  readonly tenant?: string | undefined;
  readonly status?: LiveSubscription['status'] | undefined;
  readonly health?: SubscriptionHealth | undefined;
}

export type WatchedSubscription = Pick<
  LiveSubscription,
  'subscriptionId' | 'callbackUrl' | 'eventTypes' | 'status' | 'start'
> & { readonly tenant: string; readonly createdAt: Date; readonly isFailing: boolean };

/** Where a page ends: among the failing ones, which come first, or among the others. */
export interface WatchedPageEnd {
  readonly isFailing: boolean;
  readonly createdAt: Instant;
  readonly subscriptionId: string;
}

export interface WatchedPage {
  readonly items: readonly WatchedSubscription[];
  /** Absent on the last page. */
  readonly end?: WatchedPageEnd;
}

/** Subscriptions that a page looks at, in each part of the list. It may end with few items, or none, before it is the last. */
const WINDOW = 1_000;

const HAS_FAILING_LANE = `
  select from webhook_lane as lane
  where lane.subscription_id = candidate.subscription_id and failing_since is not null`;

const nextFailing = (condition: string): string => `
  select lane.subscription_id from webhook_lane as lane where failing_since is not null and ${condition}
  order by lane.subscription_id desc limit 1`;

/** Jumps through the index from one failing subscription to the next, however many lanes each has. */
const FAILING = `
  with recursive failing as (
    (${nextFailing('($3::uuid is null or lane.subscription_id < $3)')})
    union all
    select (${nextFailing('lane.subscription_id < failing.subscription_id')}) from failing
    where failing.subscription_id is not null
  )
  select candidate.subscription_id as "subscriptionId", created_at as "createdAt", coalesce(
      created_at is not null and ($1::text is null or tenant = $1) and ($2::text is null or status = $2), false
    ) as matches
  from (select subscription_id from failing where subscription_id is not null limit ${WINDOW}) as candidate
  left join webhook_subscription using (subscription_id)
  order by candidate.subscription_id desc`;

const OTHERS = `
  select subscription_id as "subscriptionId", created_at as "createdAt",
    ($2::text is null or status = $2) and not exists (${HAS_FAILING_LANE})
      and ($5::text is null or ($5 = 'idle') = not exists (
        select from webhook_tally as tally
        where tally.subscription_id = candidate.subscription_id and step_minutes = $6 and started_at >= $7::timestamptz
      )) as matches
  from (
    select subscription_id, created_at, status from webhook_subscription
    where ($1::text is null or tenant = $1)
      and ($3::uuid is null or (created_at, subscription_id) < ($4::timestamptz, $3))
    order by created_at desc, subscription_id desc limit ${WINDOW}
  ) as candidate
  order by created_at desc, subscription_id desc`;

const DETAILS = `
  select subscription_id as "subscriptionId", tenant, status, created_at as "createdAt",
    state ->> 'callbackUrl' as "callbackUrl", state -> 'eventTypes' as "eventTypes", state -> 'start' as start
  from webhook_subscription where subscription_id = any($1::uuid[])`;

interface Candidate {
  readonly subscriptionId: string;
  /** `null` for one that is deleted, or not projected yet. */
  readonly createdAt: Date | null;
  readonly matches: boolean;
}

type Place = { readonly isFailing: boolean; readonly after: WatchedPageEnd | undefined };

/** Lists subscriptions of all tenants, for operators. */
@Injectable()
export class WatchedSubscriptions {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /** Failing ones first, by id; then the others, newest first. */
  async findPage(
    filter: WatchedFilter,
    range: TallyRange,
    limit: number,
    after: WatchedPageEnd | undefined,
  ): Promise<WatchedPage> {
    const { health } = filter;
    const found = new Map<string, boolean>();
    let place: Place | undefined = {
      isFailing: after?.isFailing ?? (health === undefined || health === 'failing'),
      after,
    };
    // One window of each part at most.
    for (let part = 0; place && part < 2 && found.size < limit; part++) {
      const { isFailing }: Place = place;
      const candidates = await this.#candidates(place, filter, range);
      let last: Candidate | undefined;
      for (const candidate of candidates) {
        if (found.size === limit) break;
        if (candidate.matches) found.set(candidate.subscriptionId, isFailing);
        last = candidate;
      }
      const isDone = last === candidates.at(-1) && candidates.length < WINDOW;
      if (!isDone && last) {
        place = { isFailing, after: endOf(last, isFailing) };
        break;
      }
      place = isFailing && health === undefined ? { isFailing: false, after: undefined } : undefined;
    }
    const items = await this.#details(found);
    return { items, ...(place && { end: place.after ?? BEFORE_OTHERS }) };
  }

  async #candidates(
    { isFailing, after }: Place,
    { tenant, status, health }: WatchedFilter,
    range: TallyRange,
  ): Promise<Candidate[]> {
    const isStart = after === undefined || after.subscriptionId === BEFORE_OTHERS.subscriptionId;
    const values: unknown[] = [tenant ?? null, status ?? null, isStart ? null : after.subscriptionId];
    if (!isFailing)
      values.push(
        isStart ? null : formatInstant(after.createdAt),
        health ?? null,
        range.stepMinutes,
        new Date(range.from).toISOString(),
      );
    const { rows } = await this.prisma.pool.query<Candidate>(isFailing ? FAILING : OTHERS, values);
    return rows;
  }

  async #details(found: ReadonlyMap<string, boolean>): Promise<WatchedSubscription[]> {
    const { rows } = await this.prisma.pool.query<Omit<WatchedSubscription, 'isFailing'>>(DETAILS, [
      arrayLiteral(found.keys()),
    ]);
    const byId = new Map(rows.map((row) => [row.subscriptionId, row]));
    return [...found].flatMap(([id, isFailing]) => {
      const row = byId.get(id);
      return row ? [{ ...row, isFailing }] : [];
    });
  }
}

const endOf = ({ subscriptionId, createdAt }: Candidate, isFailing: boolean): WatchedPageEnd => ({
  isFailing,
  createdAt: (createdAt?.getTime() ?? 0) as Instant,
  subscriptionId,
});

/** The failing ones are all listed, and none of the others. */
const BEFORE_OTHERS: WatchedPageEnd = {
  isFailing: false,
  createdAt: 0 as Instant,
  subscriptionId: 'ffffffff-ffff-ffff-ffff-ffffffffffff',
};
