import { Injectable, Logger } from '@nestjs/common';
import type { Pool } from 'pg';
import { asError, type Stream } from '#libs/kernel';
import { Sealer } from '#libs/platform';
import {
  type LiveSubscription,
  type RulePlace,
  type Subscription,
  SUBSCRIPTION_AGGREGATE,
  withoutPassed,
} from '#libs/webhooks';
import { type FoundPage, prepared, PrismaService } from '#libs/postgres';
import { type RowPageEnd, StateTables, streamOf } from '#libs/projections/postgres';
import type { Feed } from '../core/ports.js';
import type { FeedRevisions } from '../core/feeds/feed-index.js';
import { rulePlaces } from './feed-cursor.repository.js';

/** The number and size of a tenant's webhook subscriptions. `bytes` is the sum of `jsonBytes` of their states. */
export interface SubscriptionUsage {
  readonly subscriptions: number;
  readonly bytes: number;
}

/** Queries on the present state of webhook subscriptions, without deleted ones. */
@Injectable()
export class WebhookSubscriptionRepository {
  readonly #logger = new Logger(WebhookSubscriptionRepository.name);
  /** Subscriptions whose error is already logged. */
  readonly #unsealable = new Set<string>();
  readonly #active: ActiveSubscriptions;
  readonly #tables: StateTables;

  constructor(
    private readonly prisma: PrismaService,
    private readonly sealer: Sealer,
  ) {
    this.#active = new ActiveSubscriptions(prisma.pool);
    this.#tables = new StateTables(prisma);
  }

  findOne(tenant: string, subscriptionId: string): Promise<Stream<LiveSubscription> | undefined> {
    return this.#tables.findOne(SUBSCRIPTION_AGGREGATE, tenant, subscriptionId);
  }

  /** A page of one tenant's subscriptions, newest first. */
  findPage(
    tenant: string,
    limit: number,
    after: RowPageEnd | undefined,
  ): Promise<FoundPage<Stream<LiveSubscription>>> {
    return this.#tables.findPage(SUBSCRIPTION_AGGREGATE, tenant, { limit, after });
  }

  async usage(tenant: string): Promise<SubscriptionUsage> {
    const { _count, _sum } = await this.prisma.webhookSubscription.aggregate({
      where: { tenant },
      _count: true,
      _sum: { bytes: true },
    });
    return { subscriptions: _count, bytes: _sum.bytes ?? 0 };
  }

  /** Returns the revisions of all active subscriptions by feed id; see {@link ActiveSubscriptions}. */
  activeRevisions(): Promise<readonly FeedRevisions[]> {
    return this.#active.revisions();
  }

  /**
   * The active ones among these subscriptions, of any tenant. Leaves out those that cannot be opened, usually because the
   * key of their secrets is gone, so that they do not delay the others, and rules that all cursors have passed.
   */
  async findActive(subscriptionIds: readonly string[]): Promise<Feed[]> {
    const rows = await this.prisma.webhookSubscription.findMany({
      where: { subscriptionId: { in: [...subscriptionIds] }, status: 'active' },
    });
    const streams = rows.map((row) => streamOf<LiveSubscription>(row));
    const changed = streams.filter(({ state }) => state.rules.length > 1);
    const ids = changed.map(({ state }) => state.subscriptionId);
    const places = await rulePlaces(this.prisma.pool, ids);
    return streams.flatMap((stream) => this.#open(stream, places.get(stream.state.subscriptionId)));
  }

  #open(stream: Stream<LiveSubscription>, places: ReadonlyMap<string, RulePlace> = new Map()): Feed[] {
    const { subscriptionId, rules } = stream.state;
    try {
      const feed = { ...liveFeed(stream, this.sealer), rules: withoutPassed(rules, places) };
      this.#unsealable.delete(subscriptionId);
      return [feed];
    } catch (error) {
      if (!this.#unsealable.has(subscriptionId))
        this.#logger.error(
          `nothing can be delivered to subscription ${subscriptionId}: ${asError(error).message}`,
        );
      this.#unsealable.add(subscriptionId);
      return [];
    }
  }
}

/** The build of the read model that queries see, and its checkpoints. They change in one transaction with the rows. */
const STANDING = prepared(`
  select concat(projection.build, ' ', string_agg(concat(topic, partition, '@', next_offset), ' ' order by topic, partition))
    as standing
  from projection join projection_checkpoint as checkpoint
    on checkpoint.projection = name and checkpoint.build = projection.build
  where name = $1 group by projection.build`);

const PARTS = 256;
/** The last byte of the id, which is random. */
const PART = `get_byte(uuid_send(subscription_id), 15)`;

/** The rows of all parts whose digests differ from the given ones. One snapshot makes each digest match its rows. */
const MOVED = prepared(`
  with found as (
    select ${PART} as part, concat(count(*), ' ', bit_xor(hashtextextended(concat(subscription_id, revision), 0))) as digest
    from webhook_subscription where status = 'active' group by part
  ), moved as (
    select number as part, coalesce(digest, '') as digest
    from generate_series(0, ${PARTS - 1}) as number left join found on part = number
    where coalesce(digest, '') <> ($1::text[])[number + 1]
  )
  select part, digest, subscription_id as "subscriptionId", revision
  from moved left join webhook_subscription on ${PART} = part and status = 'active'`);

interface MovedRow {
  readonly part: number;
  readonly digest: string;
  /** `null` if the part is now empty. */
  readonly subscriptionId: string | null;
  readonly revision: number;
}

interface Part {
  readonly digest: string;
  readonly revisions: FeedRevisions;
}

const NOTHING: Part = { digest: '', revisions: new Map() };

/**
 * The revisions of all active subscriptions of all tenants. Frequent reads stay cheap because only parts whose digests
 * differ are read from the database. Comparing digests finds every change, whatever the order of commits.
 */
class ActiveSubscriptions {
  #standing: string | undefined;
  #parts: readonly Part[] = Array.from({ length: PARTS }, () => NOTHING);

  constructor(private readonly pool: Pick<Pool, 'query'>) {}

  /** Returns the revisions in parts. A part that is the same object as before has not changed. */
  async revisions(): Promise<readonly FeedRevisions[]> {
    // Read before the rows, so that a commit in between is in them and causes one more read.
    const { rows } = await this.pool.query<{ standing: string }>(
      STANDING([SUBSCRIPTION_AGGREGATE.table.projection]),
    );
    const standing = rows[0]?.standing;
    if (standing === undefined || standing !== this.#standing) {
      this.#parts = await this.#read();
      this.#standing = standing;
    }
    return this.#parts.map(({ revisions }) => revisions);
  }

  async #read(): Promise<readonly Part[]> {
    const { rows } = await this.pool.query<MovedRow>(MOVED([this.#parts.map(({ digest }) => digest)]));
    const moved = new Map<number, { digest: string; revisions: Map<string, number> }>();
    for (const { part, digest, subscriptionId, revision } of rows) {
      const found = moved.get(part) ?? { digest, revisions: new Map<string, number>() };
      moved.set(part, found);
      if (subscriptionId !== null) found.revisions.set(subscriptionId, revision);
    }
    return this.#parts.map((known, part) => moved.get(part) ?? known);
  }
}

/** Returns the subscription for deliveries, with its secrets, URL and headers unsealed. @throws UnsealableError */
function openSubscription({ tenant, state }: Stream<LiveSubscription>, sealer: Sealer): Subscription {
  const { subscriptionId, status, ordering, onExhausted, payload, format } = state;
  const { batch, rateLimit, retry, secrets, revision, endpointRevision = 0 } = state;
  return {
    subscriptionId,
    tenant,
    callbackUrl: openCallbackUrl(state, sealer),
    revision,
    endpointRevision,
    status,
    ordering,
    onExhausted,
    payload,
    format,
    batch,
    rateLimit,
    retry,
    secrets: secrets.map(({ sealed, expiresAt }) => ({
      secret: sealer.open(sealed, subscriptionId),
      expiresAt,
    })),
    headers: openHeaders(state, sealer),
  };
}

/** Includes the query. @throws UnsealableError */
export const openCallbackUrl = (
  { subscriptionId, callbackUrl, callbackQuery }: LiveSubscription,
  sealer: Sealer,
): string => (callbackQuery ? callbackUrl + sealer.open(callbackQuery, subscriptionId) : callbackUrl);

/** @throws UnsealableError */
export const openHeaders = (
  { subscriptionId, headers }: Pick<LiveSubscription, 'subscriptionId' | 'headers'>,
  sealer: Sealer,
): Readonly<Record<string, string>> =>
  headers === null ? {} : (JSON.parse(sealer.open(headers, subscriptionId)) as Record<string, string>);

/** Returns the feed of live delivery. @throws UnsealableError */
const liveFeed = (stream: Stream<LiveSubscription>, sealer: Sealer): Feed => ({
  feedId: stream.state.subscriptionId,
  replayId: null,
  revision: stream.state.revision,
  subscription: openSubscription(stream, sealer),
  rules: stream.state.rules,
  // Shares the first rule's vector, because vectors dominate the memory of many subscriptions.
  start: stream.state.rules[0]?.from ?? stream.state.start,
  until: null,
});
