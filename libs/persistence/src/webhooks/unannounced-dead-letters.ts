import { Inject, Injectable } from '@nestjs/common';
import { formatPosition } from '#libs/kernel';
import type { DeadLetter } from '#libs/webhooks';
import { ifNobodyElse, LOCKS } from '../database/advisory-lock.js';
import { arrayLiteral } from '../database/array-literal.js';
import { type PooledPrisma, PrismaService } from '../database/prisma.service.js';
import { FRONT } from './dead-letter.repository.js';

/** Told of at a time; they are all told of, one page after the other. */
const PAGE_SIZE = 50;

const KEY = 'parked_at, feed_id, topic, partition, lane';

/** Without the subscription there is nobody to be told: its tenant is missing. */
const PAGE = `
  select lane.feed_id as "feedId", lane.subscription_id as "subscriptionId", lane.topic, lane.partition, lane.lane,
    lane.parked_at as "parkedAt", lane.attempts, lane.last_error as "lastError", front."offset",
    front.event_id as "eventId", front.event_type as "eventType", subscription.tenant
  from (
    select * from webhook_lane
    where retry_at is null and not announced
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

interface UnannouncedRow extends Omit<DeadLetter, 'position' | 'replayId'> {
  readonly topic: string;
  readonly partition: number;
  readonly lane: string;
  readonly parkedAt: Date;
  readonly offset: string;
  readonly tenant: string | null;
}

/**
 * Resolves when it is certain that the dead letter is told of. May come more than once with the same.
 * @param parkedAt RFC 3339: when it became one. A delivery that was redriven can become another one.
 */
export type Announce = (tenant: string, deadLetter: DeadLetter, parkedAt: string) => Promise<unknown>;

/** Dead letters of which nobody was told yet. */
@Injectable()
export class UnannouncedDeadLetters {
  constructor(@Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  /**
   * Tells of all there are, unless another process is doing so. One that cannot be told of is left for the next time,
   * and does not hold up the others.
   * @throws what was thrown last, at the end.
   */
  announce(announce: Announce): Promise<void> {
    return ifNobodyElse(this.prisma.pool, LOCKS.deadLetterAnnouncements, async (connection) => {
      let failure: Error | undefined;
      for (let last: UnannouncedRow | undefined; ; ) {
        const { rows } = await connection.query<UnannouncedRow>(PAGE, [PAGE_SIZE, ...keyOf(last)]);
        const results = await Promise.allSettled(rows.map((row) => tell(row, announce)));
        const told = rows.filter((_, index) => results[index]?.status === 'fulfilled');
        if (told.length > 0) await connection.query(ANNOUNCED, columnsOf(told));
        for (const result of results) if (result.status === 'rejected') failure = result.reason as Error;
        last = rows.at(-1);
        // Where none of a page can be told of, the next ones could not either.
        if (!last || rows.length < PAGE_SIZE || told.length === 0) break;
      }
      if (failure) throw failure;
    });
  }
}

async function tell(row: UnannouncedRow, announce: Announce): Promise<void> {
  const { tenant, feedId, subscriptionId, topic, partition, offset, eventId, eventType } = row;
  if (tenant === null) return;
  const deadLetter = {
    subscriptionId,
    feedId,
    replayId: feedId === subscriptionId ? null : feedId,
    eventId,
    eventType,
    position: formatPosition({ topic, partition, offset: Number(offset) }),
    attempts: row.attempts,
    lastError: row.lastError,
  };
  await announce(tenant, deadLetter, row.parkedAt.toISOString());
}

const keyOf = (row: UnannouncedRow | undefined): unknown[] =>
  row
    ? [row.parkedAt.toISOString(), row.feedId, row.topic, row.partition, row.lane]
    : [null, null, null, null, null];

const columnsOf = (rows: readonly UnannouncedRow[]): unknown[] => [
  arrayLiteral(rows.map(({ feedId }) => feedId)),
  rows.map(({ topic }) => topic),
  arrayLiteral(rows.map(({ partition }) => partition)),
  rows.map(({ lane }) => lane),
  arrayLiteral(rows.map(({ parkedAt }) => parkedAt.toISOString())),
];
