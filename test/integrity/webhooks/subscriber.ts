import { randomBytes } from 'node:crypto';
import { Inbox } from '../../../docs/receiver/inbox.mjs';
import type { Feed, Ordering, Receipt } from './evidence.js';

export interface SubscriberPlan {
  readonly name: string;
  readonly eventTypes: readonly string[];
  readonly ordering: Ordering;
  readonly fromBeginning: boolean;
  /** In the body of the request that makes the subscription. */
  readonly more: object;
}

interface Replay {
  readonly replayId: string;
  readonly askedAt: number;
}

/** After a secret's end requests may still be on their way. */
const UNDER_WAY_MS = 3_000;

/** A receiver's side of one subscription: by the inbox that subscribers copy. */
export class Subscriber {
  subscriptionId = '';
  /** When its making was answered. */
  since = Number.POSITIVE_INFINITY;
  readonly secret = `whsec_${randomBytes(32).toString('base64')}`;
  readonly inbox = new Inbox([this.secret]);
  readonly receipts: Receipt[] = [];
  readonly replays: Replay[] = [];
  #endings: { readonly secret: string; readonly at: number }[] = [];

  readonly #known: { readonly secret: string; readonly at: number }[] = [];

  constructor(readonly plan: SubscriberPlan) {}

  /** The new secret is good from now on, those before it for so long. */
  rotated(secret: string, overlapMs: number): void {
    if (this.inbox.secrets[0] === secret) return;
    const at = performance.now() + overlapMs + UNDER_WAY_MS;
    for (const old of this.inbox.secrets) {
      if (!this.#endings.some((ending) => ending.secret === old)) this.#endings.push({ secret: old, at });
    }
    this.inbox.secrets = [secret, ...this.inbox.secrets];
    this.#known.push({ secret, at: performance.now() });
  }

  /** How long the secrets are known that it verifies by, and how many have ended. */
  secretAges(): string {
    const ages = this.#known.map(({ secret, at }) => {
      const age = ((performance.now() - at) / 1_000).toFixed(1);
      return this.inbox.secrets.includes(secret) ? age : `ended ${age}`;
    });
    return `secrets known for s: ${ages.join(', ') || 'the first alone'}`;
  }

  dropOldSecrets(): void {
    const now = performance.now();
    const ended = this.#endings.filter(({ at }) => at < now).map(({ secret }) => secret);
    if (ended.length === 0) return;
    this.#endings = this.#endings.filter(({ at }) => at >= now);
    this.inbox.secrets = this.inbox.secrets.filter((secret) => !ended.includes(secret));
  }

  /** Its own, and one for each of its replays. */
  feeds(): Feed[] {
    const { name, eventTypes, ordering, fromBeginning } = this.plan;
    const common = { eventTypes, ordering };
    const gapsOf = (replayId: string | null) =>
      [...this.inbox.gaps.values()].filter(({ replay }) => replay === replayId).map(({ missing }) => missing);
    const receiptsOf = (replayId: string | null) => this.receipts.filter(({ replay }) => replay === replayId);
    return [
      {
        ...common,
        name,
        fromBeginning,
        ends: false,
        sentAfter: fromBeginning ? 0 : this.since,
        knownBefore: Number.POSITIVE_INFINITY,
        receipts: receiptsOf(null),
        gaps: gapsOf(null),
      },
      ...this.replays.map(({ replayId, askedAt }, index) => ({
        ...common,
        name: `${name}, replay ${index + 1}`,
        fromBeginning: true,
        ends: true,
        sentAfter: 0,
        knownBefore: askedAt,
        receipts: receiptsOf(replayId),
        gaps: gapsOf(replayId),
      })),
    ];
  }
}
