import { randomBytes } from 'node:crypto';
import type { Feed } from '../core/ports.js';
import { newId } from '#libs/kernel';
import { KEY_BYTES, Sealer } from '#libs/platform';
import type { SubscriptionRule, Subscription } from '#libs/webhooks';
import { type NewReplay, type Replay, ReplayRepository } from '../postgres/replay.repository.js';
import type { WebhookStore } from './webhook-store.fixture.js';

const RULES: SubscriptionRule[] = [
  { from: {}, eventTypes: ['stock.*'], filter: null },
  { from: { 'orders/0': 9 }, eventTypes: ['order.*'], filter: { 'data.a': 1 } },
];

const liveFeed = (feedId: string): Feed => ({
  feedId,
  replayId: null,
  revision: 1,
  subscription: {
    subscriptionId: feedId,
    callbackUrl: 'https://live.example',
    headers: { authorization: 'private' },
    endpointRevision: 7,
  } as unknown as Subscription,
  rules: RULES,
  start: {},
  until: null,
});

export const sealer = new Sealer([randomBytes(KEY_BYTES)]);

export const replaysOf = (store: WebhookStore): ReplayRepository =>
  new ReplayRepository(store.prisma, { findActive: async (ids) => ids.map(liveFeed) }, sealer);

/** A replay of 60 offsets in two partitions. */
export const someReplay = (subscriptionId: string, given: Partial<NewReplay> = {}): NewReplay => ({
  replayId: newId(),
  subscriptionId,
  tenant: 'acme',
  start: { 'orders/1': 10 },
  until: { 'orders/0': 40, 'orders/1': 30 },
  eventTypes: null,
  callbackUrl: null,
  callbackQuery: null,
  requestHash: 'a',
  ...given,
});

/** A limit per tenant that no test reaches by chance. */
export const MANY = 1_000;

/** @returns the id of a running replay */
export async function makeReplay(
  replays: ReplayRepository,
  subscriptionId: string,
  given: Partial<NewReplay> = {},
): Promise<string> {
  const made = await replays.create(someReplay(subscriptionId, given), MANY);
  expect(made).toMatchObject({ state: 'running' });
  return (made as Replay).replayId;
}
