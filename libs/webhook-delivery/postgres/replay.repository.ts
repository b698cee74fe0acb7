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
import * as statements from './replay-statements.js';
import { WebhookSubscriptionRepository } from './webhook-subscription.repository.js';

export const REPLAY_STATES = ['running', 'completed', 'cancelled'] as const;
export type ReplayState = (typeof REPLAY_STATES)[number];

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

/** A replay and its progress. */
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

export type ReplayPageEnd = { readonly createdAt: Instant; readonly replayId: string };

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
      await transaction.query(statements.LOCK_TENANT, [replay.tenant]);
      const { rows } = await transaction.query<{ requestHash: string | null }>(statements.REQUEST, [
        replayId,
      ]);
      const [known] = rows;
      if (known) return known.requestHash === replay.requestHash ? 'made' : 'other-request';
      const running = await transaction.query<RunningRow>(statements.RUNNING, [
        replay.tenant,
        subscriptionId,
      ]);
      const { ofTenant, ofSubscription } = running.rows[0] ?? { ofTenant: 0, ofSubscription: 0 };
      if (Number(ofSubscription) >= MAX_RUNNING_REPLAYS) return 'too-many-running';
      if (Number(ofTenant) >= maxOfTenant) return 'too-many-of-tenant';
      await transaction.query(statements.INSERT, [
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
    const [row] = await this.#replays(statements.FIND_ONE, [subscriptionId, replayId]);
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
    const query = { text: statements.FIND_PAGE, values, limit, bytes: 'octet_length(page::text)' };
    return mapPage(await pageRows<ReplayRow>(this.prisma.pool, query), replayOf);
  }

  /** Cancels the replay if it is running; its remaining deliveries are dropped. @returns whether the replay exists */
  async cancel(subscriptionId: string, replayId: string): Promise<boolean> {
    if (!(await this.findOne(subscriptionId, replayId))) return false;
    await this.prisma.pool.query(statements.CANCEL, [replayId]);
    return true;
  }

  /** Returns the revisions of all active replays by feed id. They also change with the subscription. */
  async activeRevisions(): Promise<readonly FeedRevisions[]> {
    const { rows } = await this.prisma.pool.query<{ replayId: string; revision: string }>(
      statements.ACTIVE_REVISIONS,
    );
    return [new Map(rows.map(({ replayId, revision }) => [replayId, Number(revision)]))];
  }

  /** The running ones among these replays. Leaves out those that cannot be opened, as for subscriptions. */
  async findActive(replayIds: readonly string[]): Promise<Feed[]> {
    const { rows } = await this.prisma.pool.query<ActiveRow>(statements.ACTIVE, [arrayLiteral(replayIds)]);
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
    const { rows } = await this.prisma.pool.query<{ replayId: string }>(statements.FINISHED);
    if (rows.length === 0) return 0;
    const ids = arrayLiteral(rows.map(({ replayId }) => replayId));
    return inTransaction(this.prisma.pool, '', async (transaction) => {
      await transaction.query(statements.LOCK, [ids]);
      const { rowCount } = await transaction.query(statements.COMPLETE, [ids]);
      return rowCount ?? 0;
    });
  }

  /**
   * Cancels replays whose subscription is gone. Deletes cursors of replays that will not run again, and rows that a
   * dispatcher wrote for cancelled ones before it noticed.
   */
  async tidy(): Promise<void> {
    for (const statement of statements.TIDY) await this.prisma.pool.query(statement);
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
