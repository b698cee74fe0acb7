import { randomBytes } from 'node:crypto';
import { Inbox } from '../../../docs/receiver/inbox.mjs';
import type { Feed, Ordering, Receipt } from './evidence.js';

export interface SubscriberPlan {
  readonly name: string;
  readonly eventTypes: readonly string[];
  /** Versions that an event may have; all when absent. */
  readonly versions?: readonly number[];
  readonly ordering: Ordering;
  readonly fromBeginning: boolean;
  /** In the body of the request that makes the subscription. */
  readonly more: object;
}

interface Replay {
  readonly replayId: string;
  readonly askedAt: number;
  /** It has what was appended from then on; all from the beginning on when absent. */
  readonly since: number | undefined;
}

/** Between a rotation and its answer, and as times of signatures are in whole seconds. */
const LATEST_SIGNED_MS = 3_000;

/** A receiver's side of one subscription: by the inbox that subscribers copy. */
export class Subscriber {
  subscriptionId = '';
  /** When its making was answered. */
  since = Number.POSITIVE_INFINITY;
  readonly secret = `whsec_${randomBytes(32).toString('base64')}`;
  readonly inbox = new Inbox([this.secret]);
  readonly receipts: Receipt[] = [];
  readonly replays: Replay[] = [];
  /** It has asked for other events since. What a replay is owed would not be known then. */
  asksForOther = false;
  /** The newest first. Until when they are good: by the clock of {@link performance}. */
  #secrets: readonly { readonly secret: string; readonly endsAt: number }[] = [
    { secret: this.secret, endsAt: Number.POSITIVE_INFINITY },
  ];

  constructor(readonly plan: SubscriberPlan) {}

  /** The new secret is valid from now on, earlier ones for the overlap. */
  rotated(secret: string, overlapMs: number): void {
    if (this.#secrets[0]?.secret === secret) return;
    const end = performance.now() + overlapMs + LATEST_SIGNED_MS;
    const old = this.#secrets.map((each) => ({ ...each, endsAt: Math.min(each.endsAt, end) }));
    this.#secrets = [{ secret, endsAt: Number.POSITIVE_INFINITY }, ...old];
  }

  /**
   * The inbox, with the secrets that were good then. Not those that are good now: a request that was given up may still
   * come, for as long as TCP tries to get it through, which is a minute when the receiver was too busy to accept it.
   */
  inboxOf(signedAt: number): Inbox {
    this.inbox.secrets = this.#secrets.filter(({ endsAt }) => endsAt >= signedAt).map(({ secret }) => secret);
    return this.inbox;
  }

  /** Its own, and one for each of its replays. */
  feeds(): Feed[] {
    const { name, eventTypes, versions, ordering, fromBeginning } = this.plan;
    const common = { eventTypes, versions, ordering };
    const gapsOf = (replayId: string | null) =>
      [...this.inbox.gaps.values()].filter(({ replay }) => replay === replayId).map(({ missing }) => missing);
    const receiptsOf = (replayId: string | null) => this.receipts.filter(({ replay }) => replay === replayId);
    return [
      {
        ...common,
        feedId: this.subscriptionId,
        name,
        fromBeginning,
        ends: false,
        sentAfter: fromBeginning ? 0 : this.since,
        knownBefore: Number.POSITIVE_INFINITY,
        receipts: receiptsOf(null),
        gaps: gapsOf(null),
      },
      ...this.replays.map(({ replayId, askedAt, since }, index) => ({
        ...common,
        feedId: replayId,
        name: `${name}, replay ${index + 1}`,
        fromBeginning: since === undefined,
        ends: true,
        sentAfter: since ?? 0,
        knownBefore: askedAt,
        receipts: receiptsOf(replayId),
        gaps: gapsOf(replayId),
      })),
    ];
  }
}
