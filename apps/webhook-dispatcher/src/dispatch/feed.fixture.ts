import type { Feed } from '#libs/dispatching';
import { DEFAULT_RETRY_POLICY } from '#libs/webhooks';

/** A subscription to everything, from the beginning. */
export const someFeed = (given: Partial<Feed> = {}): Feed => ({
  feedId: 'sub',
  replayId: null,
  revision: 1,
  rules: [{ from: {}, eventTypes: ['*'], filter: null }],
  start: {},
  until: null,
  ...given,
  subscription: {
    subscriptionId: given.feedId ?? 'sub',
    tenant: 'tenant',
    callbackUrl: 'https://example.com/?token=hidden',
    revision: given.revision ?? 1,
    endpointRevision: 1,
    secrets: [{ secret: 'whsec_hidden', expiresAt: null }],
    status: 'active',
    ordering: 'stream',
    onExhausted: 'park',
    payload: 'full',
    format: 'native',
    batch: null,
    rateLimit: null,
    retry: DEFAULT_RETRY_POLICY,
    headers: { 'x-hidden': 'hidden' },
    ...given.subscription,
  },
});
