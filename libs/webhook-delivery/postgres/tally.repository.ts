import { Inject, Injectable } from '@nestjs/common';
import { arrayLiteral, type PooledPrisma, PrismaService } from '#libs/postgres';
import { type DeliverySummary, summaryOf, type Tally } from '../core/tallies/delivery-summary.js';
import type { TallyRange } from '../core/tallies/tally-periods.js';

/** Dead letters are counted up to this number, since counting all of them could take seconds. */
export const MOST_COUNTED_DEAD_LETTERS = 10_000;

/** What a subscription still owes its endpoint. */
export interface UndeliveredSummary {
  /** Since when the lane that has failed longest has failed; `null` if none fails. */
  readonly oldestUndeliveredAt: Date | null;
  /** At most {@link MOST_COUNTED_DEAD_LETTERS}. */
  readonly deadLetters: number;
}

const TALLIES = `
  select subscription_id as "subscriptionId", started_at as "startedAt", status_code as "statusCode", attempts,
    array_to_json(durations) as durations
  from webhook_tally
  where subscription_id = any($1::uuid[]) and step_minutes = $2 and started_at >= $3::timestamptz
    and started_at <= $4::timestamptz`;

const UNDELIVERED = `
  select subscription_id as "subscriptionId", (
      select min(failing_since) from webhook_lane as lane
      where lane.subscription_id = wanted.subscription_id and failing_since is not null
    ) as "oldestUndeliveredAt", (
      select count(*)::int from (
        select from webhook_lane as lane
        where lane.subscription_id = wanted.subscription_id and retry_at is null limit ${MOST_COUNTED_DEAD_LETTERS}
      ) as dead
    ) as "deadLetters"
  from unnest($1::uuid[]) as wanted (subscription_id)`;

interface TallyRow {
  readonly subscriptionId: string;
  readonly startedAt: Date;
  readonly statusCode: number;
  readonly attempts: string;
  readonly durations: number[];
}

/** Metrics of many subscriptions at once, at the cost of a few index lookups for each. The caller checks who may see them. */
@Injectable()
export class TallyRepository {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /** Every subscription has a summary, if of nothing. */
  async summaries(
    subscriptionIds: readonly string[],
    range: TallyRange,
  ): Promise<ReadonlyMap<string, DeliverySummary>> {
    const { rows } = await this.prisma.pool.query<TallyRow>(TALLIES, [
      arrayLiteral(subscriptionIds),
      range.stepMinutes,
      new Date(range.from).toISOString(),
      new Date(range.to).toISOString(),
    ]);
    const tallies = new Map<string, Tally[]>(subscriptionIds.map((id) => [id, []]));
    for (const { subscriptionId, startedAt, attempts, ...row } of rows)
      tallies
        .get(subscriptionId)
        ?.push({ ...row, startedAt: startedAt.getTime(), attempts: Number(attempts) });
    return new Map([...tallies].map(([id, own]) => [id, summaryOf(own, range)]));
  }

  async undelivered(subscriptionIds: readonly string[]): Promise<ReadonlyMap<string, UndeliveredSummary>> {
    const { rows } = await this.prisma.pool.query<UndeliveredSummary & { subscriptionId: string }>(
      UNDELIVERED,
      [arrayLiteral(subscriptionIds)],
    );
    return new Map(rows.map(({ subscriptionId, ...summary }) => [subscriptionId, summary]));
  }
}
