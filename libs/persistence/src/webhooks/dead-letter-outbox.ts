import { Inject, Injectable } from '@nestjs/common';
import { asError } from '#libs/dispatching';
import { formatPosition } from '#libs/kernel';
import { type DeadLetter, REPEATABLE_NOTICES } from '#libs/webhooks';
import { tryWithAdvisoryLock, ADVISORY_LOCKS } from '../database/advisory-lock.js';
import { arrayLiteral } from '../database/array-literal.js';
import { type PooledPrisma, PrismaService } from '../database/prisma.service.js';
import { FRONT } from './dead-letter-release.js';

/** Told of at a time, one page after the other: no more than can be told again. */
const PAGE_SIZE = REPEATABLE_NOTICES;

/** If so many subscriptions cannot be told, none can. */
const MOST_FAILURES = 10;

const KEY = 'parked_at, feed_id, topic, partition, lane';

/** Without the subscription there is nobody to be told: its tenant is missing. */
const PAGE = `
  select lane.feed_id as "feedId", lane.subscription_id as "subscriptionId", lane.topic, lane.partition, lane.lane,
    lane.parked_at as "parkedAt", lane.attempts, lane.last_error as "lastError", front."offset",
    front.event_id as "eventId", front.event_type as "eventType", subscription.tenant
  from (
    select * from webhook_lane
    where retry_at is null and not announced and subscription_id <> all($7::uuid[])
      and ($2::timestamptz is null or (${KEY}) > ($2, $3::uuid, $4::text, $5::int, $6::text))
    order by ${KEY} limit $1
  ) as lane ${FRONT}
  left join webhook_subscription as subscription on subscription.subscription_id = lane.subscription_id
  order by parked_at, lane.feed_id, lane.topic, lane.partition, lane.lane`;

/** Not one that was released meanwhile: it is none any more, and will be told of when it is one again. */
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

/** Resolves when it is certain that the dead letter is told of. May come more than once with the same. */
export type Announce = (tenant: string, deadLetter: DeadLetter) => Promise<unknown>;

/** Dead letters of which nobody was told yet. */
@Injectable()
export class DeadLetterOutbox {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /**
   * Tells of all there are, unless another process is doing so. Those of one subscription are told of one after the other.
   * Where it is not certain that one was told of, it is left for the next time with all that come behind it, and holds up
   * no other subscription's: so that what is told of again was told of lately ({@link REPEATABLE_NOTICES}).
   * @throws what was thrown first, at the end.
   */
  announce(announce: Announce): Promise<void> {
    return tryWithAdvisoryLock(
      this.prisma.pool,
      ADVISORY_LOCKS.deadLetterAnnouncements,
      async (connection) => {
        const failures = new Map<string, Error>();
        for (let last: OutboxRow | undefined; ; ) {
          const { rows } = await connection.query<OutboxRow>(PAGE, [
            PAGE_SIZE,
            ...keyOf(last),
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

/** @param failures of subscriptions that have had their turn, by id. @returns those that are told of */
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

const keyOf = (row: OutboxRow | undefined): unknown[] =>
  row
    ? [row.parkedAt.toISOString(), row.feedId, row.topic, row.partition, row.lane]
    : [null, null, null, null, null];

const columnsOf = (rows: readonly OutboxRow[]): unknown[] => [
  arrayLiteral(rows.map(({ feedId }) => feedId)),
  rows.map(({ topic }) => topic),
  arrayLiteral(rows.map(({ partition }) => partition)),
  rows.map(({ lane }) => lane),
  arrayLiteral(rows.map(({ parkedAt }) => parkedAt.toISOString())),
];
