import type { Feed } from '#libs/dispatching';
import type { Stream } from '#libs/kernel';
import type { Sealer } from '#libs/platform';
import type { LiveSubscription, Subscription } from '#libs/webhooks';

/** The subscription as deliveries are made by it, with its secrets and headers opened. @throws UnsealableError */
export function openSubscription({ tenant, state }: Stream<LiveSubscription>, sealer: Sealer): Subscription {
  const { subscriptionId, callbackUrl, status, ordering, onExhausted, payload, format } = state;
  const { batch, rateLimit, retry, secrets } = state;
  return {
    subscriptionId,
    tenant,
    callbackUrl,
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

/** The fixed extra headers. @throws UnsealableError */
export const openHeaders = (
  { subscriptionId, headers }: Pick<LiveSubscription, 'subscriptionId' | 'headers'>,
  sealer: Sealer,
): Readonly<Record<string, string>> =>
  headers === null ? {} : (JSON.parse(sealer.open(headers, subscriptionId)) as Record<string, string>);

/** Its live delivery. @throws UnsealableError */
export const liveFeed = (stream: Stream<LiveSubscription>, sealer: Sealer): Feed => ({
  feedId: stream.state.subscriptionId,
  replayId: null,
  revision: stream.state.revision,
  subscription: openSubscription(stream, sealer),
  rules: stream.state.rules,
  // Where it begins, its first rule does: there may be many subscriptions, and two vectors are the most of each.
  start: stream.state.rules[0]?.from ?? stream.state.start,
  until: null,
});
