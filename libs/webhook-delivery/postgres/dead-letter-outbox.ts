import { Inject, Injectable } from '@nestjs/common';
import { asError, formatPosition } from '#libs/kernel';
import { type DeadLetter, REPEATABLE_NOTICES } from '#libs/webhooks';
import {
  ADVISORY_LOCKS,
  arrayColumns,
  arrayLiteral,
  type PooledPrisma,
  PrismaService,
  tryWithAdvisoryLock,
} from '#libs/postgres';
import { FRONT, LANE_KEY, laneKeyOf } from './dead-letter.repository.js';

/** Pages are no larger than the number of notices that may be repeated. */
const PAGE_SIZE = REPEATABLE_NOTICES;

/** After failures for this many subscriptions the rest is left for the next run. */
const MOST_FAILURES = 10;

/** Most of the time there is none, which needs no lock to be found out. */
const ANY = 'select from webhook_lane where retry_at is null and not announced limit 1';

/** The tenant is null for a deleted subscription, which nobody needs to hear about. */
const PAGE = `
  select lane.feed_id as "feedId", lane.subscription_id as "subscriptionId", lane.topic, lane.partition, lane.lane,
    lane.parked_at as "parkedAt", lane.attempts, lane.last_error as "lastError", front."offset",
    front.event_id as "eventId", front.event_type as "eventType", subscription.tenant
  from (
    select * from webhook_lane
    where retry_at is null and not announced and subscription_id <> all($7::uuid[])
      and ($2::timestamptz is null or (${LANE_KEY}) > ($2, $3::uuid, $4::text, $5::int, $6::text))
    order by ${LANE_KEY} limit $1
  ) as lane ${FRONT}
  left join webhook_subscription as subscription on subscription.subscription_id = lane.subscription_id
  order by parked_at, lane.feed_id, lane.topic, lane.partition, lane.lane`;

/** Leaves out dead letters that were released meanwhile. */
const ANNOUNCED = `
  update webhook_lane as lane set announced = true
  from unnest($1::uuid[], $2::text[], $3::int[], $4::text[], $5::timestamptz[])
    as told (feed_id, topic, partition, lane, parked_at)
  where lane.feed_id = told.feed_id and lane.topic = told.topic and lane.partition = told.partition
    and lane.lane = told.lane and lane.parked_at = told.parked_at and retry_at is null`;

interface OutboxRow extends Omit<DeadLetter, 'position' | 'replayId' | 'parkedAt'> {
  readonly topic: string;
  readonly partition: number;
  readonly lane: string;
  readonly parkedAt: Date;
  readonly offset: string;
  readonly tenant: string | null;
}

/** Resolves when the announcement is durable. May be called more than once for one dead letter. */
export type Announce = (tenant: string, deadLetter: DeadLetter) => Promise<unknown>;

/** The outbox of dead letters that are not announced yet. */
@Injectable()
export class DeadLetterOutbox {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /**
   * Announces all of them, unless another process is doing so; those of one subscription one after another. If the outcome
   * of one is uncertain, it and the later ones of its subscription wait for the next run, and other subscriptions
   * go on. A repeated announcement is therefore a recent one ({@link REPEATABLE_NOTICES}).
   * @throws the first failure, at the end
   */
  async announce(announce: Announce): Promise<void> {
    if ((await this.prisma.pool.query(ANY)).rowCount === 0) return;
    await tryWithAdvisoryLock(
      this.prisma.pool,
      ADVISORY_LOCKS.deadLetterAnnouncements,
      async (connection) => {
        const failures = new Map<string, Error>();
        for (let last: OutboxRow | undefined; ; ) {
          const { rows } = await connection.query<OutboxRow>(PAGE, [
            PAGE_SIZE,
            ...laneKeyOf(last),
            arrayLiteral(failures.keys()),
          ]);
          const told = await tellInOrder(rows, announce, failures);
          if (told.length > 0) await connection.query(ANNOUNCED, columnsOf(told));
          last = rows.at(-1);
          if (!last || rows.length < PAGE_SIZE || failures.size > MOST_FAILURES) break;
        }
        for (const failure of failures.values()) throw failure;
      },
    );
  }
}

/** @param failures by subscription; added to. @returns the announced rows */
async function tellInOrder(
  rows: readonly OutboxRow[],
  announce: Announce,
  failures: Map<string, Error>,
): Promise<OutboxRow[]> {
  const told: OutboxRow[] = [];
  const tellThoseOf = async (subscriptionId: string): Promise<void> => {
    for (const row of rows) {
      if (row.subscriptionId !== subscriptionId) continue;
      await tell(row, announce);
      told.push(row);
    }
  };
  const subscriptionIds = [...new Set(rows.map(({ subscriptionId }) => subscriptionId))];
  const results = await Promise.allSettled(subscriptionIds.map(tellThoseOf));
  for (const [index, result] of results.entries())
    if (result.status === 'rejected') failures.set(subscriptionIds[index] ?? '', asError(result.reason));
  return told;
}

async function tell(row: OutboxRow, announce: Announce): Promise<void> {
  const { tenant, feedId, subscriptionId, topic, partition, offset, eventId, eventType } = row;
  if (tenant === null) return;
  const deadLetter = {
    subscriptionId,
    feedId,
    replayId: feedId === subscriptionId ? null : feedId,
    eventId,
    eventType,
    position: formatPosition({ topic, partition, offset: Number(offset) }),
    parkedAt: row.parkedAt.toISOString(),
    attempts: row.attempts,
    lastError: row.lastError,
  };
  await announce(tenant, deadLetter);
}

const columnsOf = (rows: readonly OutboxRow[]): unknown[] => [
  ...arrayColumns(rows, 'feedId'),
  rows.map(({ topic }) => topic),
  ...arrayColumns(rows, 'partition'),
  rows.map(({ lane }) => lane),
  arrayLiteral(rows.map(({ parkedAt }) => parkedAt.toISOString())),
];
