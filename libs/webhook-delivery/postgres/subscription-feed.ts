import type { Feed } from '../core/ports.js';
import type { Stream } from '#libs/kernel';
import type { Sealer } from '#libs/platform';
import type { LiveSubscription, Subscription } from '#libs/webhooks';

/** Returns the subscription for deliveries, with its secrets, URL and headers unsealed. @throws UnsealableError */
export function openSubscription({ tenant, state }: Stream<LiveSubscription>, sealer: Sealer): Subscription {
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
export const liveFeed = (stream: Stream<LiveSubscription>, sealer: Sealer): Feed => ({
  feedId: stream.state.subscriptionId,
  replayId: null,
  revision: stream.state.revision,
  subscription: openSubscription(stream, sealer),
  rules: stream.state.rules,
  // Shares the first rule's vector, because vectors dominate the memory of many subscriptions.
  start: stream.state.rules[0]?.from ?? stream.state.start,
  until: null,
});
