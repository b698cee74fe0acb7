import { formatPosition, type TopicPartition, topicPartitionKey } from '#libs/kernel';
import { arrayColumns, type PooledPrisma } from '#libs/postgres';
import { FRONT_OF_LANE, type Release, releaseLanes } from '#libs/webhook-delivery/postgres';
import type {
  AnyDeadLetter,
  DeadLetterFilter,
  DeadLetterPlace,
  DeadLetterScan,
  DeadLetterSource,
  ErrorCount,
} from '../core/index.js';
import { ERROR_LENGTH } from './table-dead-letters.js';

/** A lane that waits behind its dead letter. */
interface LaneRow extends TopicPartition {
  readonly feedId: string;
  readonly subscriptionId: string;
  readonly lane: string;
  readonly parkedAt: Date;
  readonly error: string | null;
  /** `null` for a subscription that was deleted, whose lanes are about to go. */
  readonly tenant: string | null;
}

interface FrontRow extends TopicPartition {
  readonly feedId: string;
  readonly lane: string;
  readonly offset: string;
  readonly eventId: string;
}

interface CountRow {
  readonly error: string | null;
  readonly tenant: string;
  readonly count: string;
  readonly oldest: Date;
  readonly newest: Date;
}

const MATCHING = `
  webhook_lane where retry_at is null
    and not exists (select from webhook_replay where replay_id = feed_id and state = 'cancelled')
    and ($1::text is null or subscription_id in (select subscription_id from webhook_subscription where tenant = $1))
    and ($2::uuid is null or subscription_id = $2)
    and ($3::timestamptz is null or parked_at >= $3) and ($4::timestamptz is null or parked_at <= $4)`;

const ORDER = 'parked_at desc, feed_id desc, topic desc, partition desc, lane desc';

const SCAN = `
  select feed_id as "feedId", lane.subscription_id as "subscriptionId", topic, partition, lane, parked_at as "parkedAt",
    left(last_error, ${ERROR_LENGTH}) as error, tenant
  from (
    select * from ${MATCHING}
      and ($6::timestamptz is null or (parked_at, feed_id, topic, partition, lane) < ($6, $7::uuid, $8::text, $9::int, $10::text))
    order by ${ORDER} limit $5
  ) as lane left join webhook_subscription as subscription on subscription.subscription_id = lane.subscription_id
  order by ${ORDER}`;

const COUNT = `
  select left(last_error, ${ERROR_LENGTH}) as error, tenant, count(*) as count, min(parked_at) as oldest, max(parked_at) as newest
  from (select last_error, parked_at, subscription_id from ${MATCHING} order by ${ORDER} limit $5) as lane
  join webhook_subscription as subscription on subscription.subscription_id = lane.subscription_id
  group by 1, 2`;

const FRONTS = `
  select lane.feed_id as "feedId", lane.topic, lane.partition, lane.lane, front."offset", event_id as "eventId"
  from unnest($1::uuid[], $2::text[], $3::int[], $4::text[]) as lane (feed_id, topic, partition, lane) ${FRONT_OF_LANE}`;

/** Deliveries of all tenants that ran out of attempts. */
export class ParkedWebhooks implements DeadLetterSource {
  readonly kind = 'webhook';
  readonly mostReleased = 10_000;
  readonly acts = {
    redrive: (letters: readonly AnyDeadLetter[]) => this.#release('redrive', letters),
    skip: (letters: readonly AnyDeadLetter[]) => this.#release('skip', letters),
  };
  readonly #lanes = new WeakMap<AnyDeadLetter, LaneRow>();

  constructor(private readonly prisma: Pick<PooledPrisma, 'pool'>) {}

  async scan(
    filter: DeadLetterFilter,
    after: DeadLetterPlace | undefined,
    limit: number,
  ): Promise<DeadLetterScan> {
    const { rows } = await this.prisma.pool.query<LaneRow>(SCAN, [
      ...valuesOf(filter),
      limit,
      after?.at ?? null,
      ...(after?.key ?? [null, null, null, null]),
    ]);
    const last = rows.at(-1);
    return {
      letters: rows.filter(({ tenant }) => tenant !== null).map((row) => this.#letterOf(row)),
      next: last && rows.length >= limit ? placeOf(last) : undefined,
    };
  }

  /** Adds the deliveries that have failed: the first of each lane. */
  async complete(letters: readonly AnyDeadLetter[]): Promise<readonly AnyDeadLetter[]> {
    const lanes = letters.flatMap((letter) => this.#lanes.get(letter) ?? []);
    if (lanes.length === 0) return letters;
    const { rows } = await this.prisma.pool.query<FrontRow>(FRONTS, [
      ...arrayColumns(lanes, 'feedId'),
      lanes.map(({ topic }) => topic),
      ...arrayColumns(lanes, 'partition'),
      lanes.map(({ lane }) => lane),
    ]);
    const fronts = new Map(rows.map((front) => [idOf(front), front]));
    return letters.map((letter) => {
      const front = fronts.get(letter.deadLetterId);
      if (!front) return letter;
      const position = formatPosition({ ...front, offset: Number(front.offset) });
      return { ...letter, eventId: front.eventId, position };
    });
  }

  async count(filter: DeadLetterFilter, most: number): Promise<ErrorCount[]> {
    const { rows } = await this.prisma.pool.query<CountRow>(COUNT, [...valuesOf(filter), most]);
    return rows.map(({ error, tenant, count, oldest, newest }) => ({
      error: error ?? '',
      tenant,
      count: Number(count),
      oldest: oldest.toISOString(),
      newest: newest.toISOString(),
    }));
  }

  #release(release: Release, letters: readonly AnyDeadLetter[]): Promise<number> {
    const lanes = letters.flatMap((letter) => this.#lanes.get(letter) ?? []);
    return releaseLanes(this.prisma.pool, release, lanes);
  }

  #letterOf(row: LaneRow): AnyDeadLetter {
    const letter: AnyDeadLetter = {
      kind: 'webhook',
      deadLetterId: idOf(row),
      tenant: row.tenant,
      subject: row.lane,
      error: row.error ?? '',
      place: placeOf(row),
      subscriptionId: row.subscriptionId,
    };
    this.#lanes.set(letter, row);
    return letter;
  }
}

const idOf = ({ feedId, lane, ...at }: Pick<LaneRow, 'feedId' | 'topic' | 'partition' | 'lane'>): string =>
  `webhook/${feedId}/${topicPartitionKey(at)}/${lane}`;

const placeOf = ({ parkedAt, feedId, topic, partition, lane }: LaneRow): DeadLetterPlace => ({
  at: parkedAt.toISOString(),
  key: [feedId, topic, String(partition), lane],
});

const valuesOf = ({ tenant, subscriptionId, from, to }: DeadLetterFilter): unknown[] => [
  tenant ?? null,
  subscriptionId ?? null,
  from ?? null,
  to ?? null,
];
