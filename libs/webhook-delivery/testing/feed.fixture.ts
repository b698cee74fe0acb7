import type { Feed } from '../core/ports.js';
import { someSubscription } from '#libs/webhooks/testing';

/** A subscription to everything, from the beginning. */
export const someFeed = (given: Partial<Feed> = {}): Feed => ({
  feedId: 'sub',
  replayId: null,
  revision: 1,
  rules: [{ from: {}, eventTypes: ['*'], filter: null }],
  start: {},
  until: null,
  ...given,
  subscription: someSubscription({
    subscriptionId: given.feedId ?? 'sub',
    tenant: 'tenant',
    callbackUrl: 'https://example.com/?token=hidden',
    revision: given.revision ?? 1,
    secrets: [{ secret: 'whsec_hidden', expiresAt: null }],
    headers: { 'x-hidden': 'hidden' },
    ...given.subscription,
  }),
});
