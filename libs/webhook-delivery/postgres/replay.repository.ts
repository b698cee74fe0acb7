import { Inject, Injectable, Logger } from '@nestjs/common';
import { asError, formatInstant, type Instant } from '#libs/kernel';
import type { Feed } from '../core/ports.js';
import type { FeedRevisions } from '../core/feeds/feed-index.js';
import { Sealer } from '#libs/platform';
import { isSameOrigin, type PositionVector, type Subscription } from '#libs/webhooks';
import {
  arrayLiteral,
  type FoundPage,
  mapPage,
  pageRows,
  type PooledPrisma,
  PrismaService,
} from '#libs/postgres';
import { inTransaction } from '#libs/projections/postgres';
import { WebhookSubscriptionRepository } from './webhook-subscription.repository.js';

export const REPLAY_STATES = ['running', 'completed', 'cancelled'] as const;
type ReplayState = (typeof REPLAY_STATES)[number];

/** The most replays of one subscription that may run at once. */
export const MAX_RUNNING_REPLAYS = 10;

export interface NewReplay {
  readonly replayId: string;
  readonly subscriptionId: string;
  readonly tenant: string;
  readonly start: PositionVector;
  /** The end in each partition (not included). The replay covers only these partitions. */
  readonly until: PositionVector;
  /** `null` for those of the subscription. */
  readonly eventTypes: readonly string[] | null;
  /** `null` for that of the subscription. */
  readonly callbackUrl: string | null;
  /** The query part of the callback URL, kept apart and sealed for the replay. `null` for none. */
  readonly callbackQuery: string | null;
  /** Distinguishes a repeated request from a different one. */
  readonly requestHash: string | null;
}

export interface Replay extends Omit<NewReplay, 'tenant' | 'start' | 'until' | 'requestHash'> {
  readonly state: ReplayState;
  /** Offsets in the log, whether or not their events are owed. */
  readonly done: number;
  readonly total: number;
  readonly createdAt: Date;
  readonly finishedAt: Date | null;
  /** The time of this answer. */
  readonly askedAt: Date;
}

type ReplayPageEnd = { readonly createdAt: Instant; readonly replayId: string };

export type CreatedReplay = Replay | 'other-request' | 'too-many-running' | 'too-many-of-tenant';

interface RunningRow {
  readonly ofTenant: string;
  readonly ofSubscription: string;
}

type ReplayRow = Omit<Replay, 'done' | 'total'> & { readonly done: string; readonly total: string };

interface ActiveRow
  extends Pick<NewReplay, 'replayId' | 'subscriptionId' | 'eventTypes' | 'callbackUrl' | 'callbackQuery'> {
  readonly start: PositionVector;
  readonly until: PositionVector;
  readonly revision: string;
}

/** Prevents two concurrent requests from both creating the last replay allowed. */
const LOCK_TENANT = `select pg_advisory_xact_lock(hashtextextended('webhook_replay ' || $1, 0))`;

const REQUEST = `select request_hash as "requestHash" from webhook_replay where replay_id = $1`;

const RUNNING = `
  select count(*) as "ofTenant", count(*) filter (where subscription_id = $2) as "ofSubscription"
  from webhook_replay where tenant = $1 and state = 'running'`;

const INSERT = `
  insert into webhook_replay
    (replay_id, subscription_id, tenant, "start", "until", event_types, callback_url, request_hash,
     callback_query)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9)`;

/** Each partition of a replay with its first offset and its end. */
const PARTITIONS = `
  select split_part(key, '/', 1) as topic, split_part(key, '/', 2)::int as partition, value::bigint as "end",
    coalesce((replay."start" ->> key)::bigint, 0) as beginning
  from jsonb_each_text(replay."until")`;

const REACHED = `
  coalesce((
    select case when idle then greatest(watermark, scanned_offset) else watermark end
    from webhook_cursor join webhook_partition using (topic, partition)
    where topic = part.topic and partition = part.partition and feed_id = replay.replay_id
  ), 0)`;

const SELECT = `
  select replay_id as "replayId", subscription_id as "subscriptionId", event_types as "eventTypes",
    callback_url as "callbackUrl", callback_query as "callbackQuery", state, created_at as "createdAt", finished_at as "finishedAt", now() as "askedAt",
    total, coalesce(replay.done, progress.done) as done
  from webhook_replay as replay
  cross join lateral (
    select coalesce(sum("end" - beginning), 0) as total,
      coalesce(sum(greatest(least(reached, "end") - beginning, 0)), 0) as done
    from (select "end", beginning, ${REACHED} as reached from (${PARTITIONS}) as part) as standing
  ) as progress`;

const FIND_ONE = `${SELECT} where subscription_id = $1 and replay_id = $2`;

const FIND_PAGE = `
  ${SELECT}
  where subscription_id = $1
    and ($3::timestamptz is null or (created_at, replay_id) < ($3::timestamptz, $4::uuid))
  order by created_at desc, replay_id desc limit $2`;

const NEXT_REVISION = `nextval(pg_get_serial_sequence('webhook_replay', 'revision'))`;

/** Finished deliveries still count. {@link TIDY} deletes the ones that wait. */
const CANCEL = `
  update webhook_replay as replay
  set state = 'cancelled', finished_at = now(), done = progress.done::bigint, revision = ${NEXT_REVISION}
  from (${SELECT} where replay_id = $1) as progress
  where replay.replay_id = $1 and replay.state = 'running'`;

/** Both revisions only increase, so their sum changes with either. */
const ACTIVE_ROWS = `
  from webhook_replay as replay join webhook_subscription as subscription using (subscription_id)
  where replay.state = 'running' and subscription.status = 'active'`;

const REVISION = `replay.revision + subscription.revision as revision`;

const ACTIVE_REVISIONS = `select replay_id as "replayId", ${REVISION} ${ACTIVE_ROWS}`;

const ACTIVE = `
  select replay_id as "replayId", subscription_id as "subscriptionId", event_types as "eventTypes",
    callback_url as "callbackUrl", callback_query as "callbackQuery", "start", "until", ${REVISION}
  ${ACTIVE_ROWS} and replay_id = any($1::uuid[])`;

const IS_FINISHED = `
  state = 'running'
  and not exists (select from (${PARTITIONS}) as part where ${REACHED} < "end")
  and not exists (select from webhook_lane where feed_id = replay_id and retry_at is not null)`;

const FINISHED = `select replay_id as "replayId" from webhook_replay as replay where ${IS_FINISHED}`;

/** Redriving dead letters locks the row too, so what is read after this lock stays true until the transaction ends. */
const LOCK = `select from webhook_replay where replay_id = any($1::uuid[]) order by replay_id for update`;

const COMPLETE = `
  update webhook_replay as replay set state = 'completed', finished_at = now(), revision = ${NEXT_REVISION}, done = (
    select coalesce(sum("end" - beginning), 0) from (${PARTITIONS}) as part
  )
  where replay_id = any($1::uuid[]) and ${IS_FINISHED}`;

/** A dispatcher notices a cancelled replay at its next poll and may save once more until then. */
const CANCELLED = `
  using webhook_replay as replay
  where feed_id = replay_id and state = 'cancelled' and finished_at < now() - interval '1 minute'`;

const TIDY = [
  `update webhook_replay as replay set state = 'cancelled', finished_at = now(), done = 0, revision = ${NEXT_REVISION}
   where state = 'running' and created_at < now() - interval '1 minute'
     and not exists (select from webhook_subscription as subscription
       where subscription.subscription_id = replay.subscription_id)
     and exists (select from webhook_subscription)`,
  `delete from webhook_parked_delivery ${CANCELLED}`,
  `delete from webhook_lane ${CANCELLED}`,
  `delete from webhook_cursor ${CANCELLED}`,
  // A replay with dead letters keeps its cursor, because it goes on from there after a redrive.
  `delete from webhook_cursor using webhook_replay as replay
   where feed_id = replay_id and state = 'completed' and finished_at < now() - interval '1 minute'
     and not exists (select from webhook_lane as lane where lane.feed_id = replay_id)`,
] as const;

/** Replays of webhook subscriptions. The caller checks which tenant owns the subscription. */
@Injectable()
export class ReplayRepository {
  readonly #logger = new Logger(ReplayRepository.name);
  /** Replays whose error is already logged. */
  readonly #unsealable = new Set<string>();

  constructor(
    @Inject(PrismaService) private readonly prisma: Pick<PooledPrisma, 'pool'>,
    @Inject(WebhookSubscriptionRepository)
    private readonly subscriptions: Pick<WebhookSubscriptionRepository, 'findActive'>,
    @Inject(Sealer) private readonly sealer: Pick<Sealer, 'open'>,
  ) {}

  /**
   * Creates a replay, or returns the one that the same request created before.
   * @param maxOfTenant limit on running replays per tenant, over all its subscriptions
   */
  async create(replay: NewReplay, maxOfTenant: number): Promise<CreatedReplay> {
    const { replayId, subscriptionId } = replay;
    const outcome = await inTransaction(this.prisma.pool, '', async (transaction) => {
      await transaction.query(LOCK_TENANT, [replay.tenant]);
      const { rows } = await transaction.query<{ requestHash: string | null }>(REQUEST, [replayId]);
      const [known] = rows;
      if (known) return known.requestHash === replay.requestHash ? 'made' : 'other-request';
      const running = await transaction.query<RunningRow>(RUNNING, [replay.tenant, subscriptionId]);
      const { ofTenant, ofSubscription } = running.rows[0] ?? { ofTenant: 0, ofSubscription: 0 };
      if (Number(ofSubscription) >= MAX_RUNNING_REPLAYS) return 'too-many-running';
      if (Number(ofTenant) >= maxOfTenant) return 'too-many-of-tenant';
      await transaction.query(INSERT, [
        replayId,
        subscriptionId,
        replay.tenant,
        JSON.stringify(replay.start),
        JSON.stringify(replay.until),
        replay.eventTypes,
        replay.callbackUrl,
        replay.requestHash,
        replay.callbackQuery,
      ]);
      return 'made';
    });
    if (outcome !== 'made') return outcome;
    const found = await this.findOne(subscriptionId, replayId);
    return found ?? 'other-request';
  }

  async findOne(subscriptionId: string, replayId: string): Promise<Replay | undefined> {
    const [row] = await this.#replays(FIND_ONE, [subscriptionId, replayId]);
    return row;
  }

  /** Newest first. */
  async findPage(
    subscriptionId: string,
    limit: number,
    after: ReplayPageEnd | undefined,
  ): Promise<FoundPage<Replay>> {
    const values = [
      subscriptionId,
      limit + 1,
      after ? formatInstant(after.createdAt) : null,
      after?.replayId ?? null,
    ];
    const query = { text: FIND_PAGE, values, limit, bytes: 'octet_length(page::text)' };
    return mapPage(await pageRows<ReplayRow>(this.prisma.pool, query), replayOf);
  }

  /** Cancels the replay if it is running; its remaining deliveries are dropped. @returns whether the replay exists */
  async cancel(subscriptionId: string, replayId: string): Promise<boolean> {
    if (!(await this.findOne(subscriptionId, replayId))) return false;
    await this.prisma.pool.query(CANCEL, [replayId]);
    return true;
  }

  /** Returns the revisions of all active replays by feed id. They also change with the subscription. */
  async activeRevisions(): Promise<readonly FeedRevisions[]> {
    const { rows } = await this.prisma.pool.query<{ replayId: string; revision: string }>(ACTIVE_REVISIONS);
    return [new Map(rows.map(({ replayId, revision }) => [replayId, Number(revision)]))];
  }

  /** The running ones among these replays. Leaves out those that cannot be opened, as for subscriptions. */
  async findActive(replayIds: readonly string[]): Promise<Feed[]> {
    const { rows } = await this.prisma.pool.query<ActiveRow>(ACTIVE, [arrayLiteral(replayIds)]);
    const live = await this.subscriptions.findActive([
      ...new Set(rows.map(({ subscriptionId }) => subscriptionId)),
    ]);
    const bySubscription = new Map(live.map((feed) => [feed.feedId, feed]));
    return rows.flatMap((row) => {
      const feed = bySubscription.get(row.subscriptionId);
      return feed ? this.#open(row, feed) : [];
    });
  }

  #open(row: ActiveRow, live: Feed): Feed[] {
    const { replayId, callbackUrl, callbackQuery } = row;
    try {
      const query = callbackQuery === null ? '' : this.sealer.open(callbackQuery, replayId);
      this.#unsealable.delete(replayId);
      return [replayFeed(row, live, callbackUrl === null ? null : callbackUrl + query)];
    } catch (error) {
      if (!this.#unsealable.has(replayId))
        this.#logger.error(`replay ${replayId} cannot be delivered: ${asError(error).message}`);
      this.#unsealable.add(replayId);
      return [];
    }
  }

  /** Completes replays that reached their end, even with dead letters; a redrive makes such a replay run again. */
  async completeFinished(): Promise<number> {
    const { rows } = await this.prisma.pool.query<{ replayId: string }>(FINISHED);
    if (rows.length === 0) return 0;
    const ids = arrayLiteral(rows.map(({ replayId }) => replayId));
    return inTransaction(this.prisma.pool, '', async (transaction) => {
      await transaction.query(LOCK, [ids]);
      const { rowCount } = await transaction.query(COMPLETE, [ids]);
      return rowCount ?? 0;
    });
  }

  /**
   * Cancels replays whose subscription is gone. Deletes cursors of replays that will not run again, and rows that a
   * dispatcher wrote for cancelled ones before it noticed.
   */
  async tidy(): Promise<void> {
    for (const statement of TIDY) await this.prisma.pool.query(statement);
  }

  async #replays(statement: string, values: readonly unknown[]): Promise<Replay[]> {
    const { rows } = await this.prisma.pool.query<ReplayRow>(statement, [...values]);
    return rows.map(replayOf);
  }
}

const replayOf = (row: ReplayRow): Replay => ({ ...row, done: Number(row.done), total: Number(row.total) });

/** Applies the present settings of the subscription to old events, whatever rules were in force then. */
function replayFeed(
  { replayId, eventTypes, ...row }: ActiveRow,
  live: Feed,
  callbackUrl: string | null,
): Feed {
  const present = live.rules.at(-1);
  return {
    feedId: replayId,
    replayId,
    revision: Number(row.revision),
    subscription: callbackUrl === null ? live.subscription : sentTo(live.subscription, callbackUrl),
    rules: [
      { from: {}, eventTypes: eventTypes ?? present?.eventTypes ?? [], filter: present?.filter ?? null },
    ],
    start: row.start,
    until: row.until,
  };
}

/** Drops the extra headers for another origin, because they may hold secrets of the subscription's own. */
const sentTo = (subscription: Subscription, callbackUrl: string): Subscription => ({
  ...subscription,
  callbackUrl,
  // The replay keeps its own URL when the subscription's changes.
  endpointRevision: 0,
  headers: isSameOrigin(subscription.callbackUrl, callbackUrl) ? subscription.headers : {},
});
