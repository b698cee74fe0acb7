import type { Stream } from '#libs/kernel';
import { openCallbackUrl, openHeaders } from '#libs/webhook-delivery/postgres';
import { type Sealer, UnsealableError } from '#libs/platform';
import {
  type EndpointWarning,
  isLive,
  type LiveSubscription,
  shownCallbackUrl,
  splitCallbackUrl,
  type SubscriptionState,
} from '#libs/webhooks';
import {
  type RevealedSubscription,
  type SubscriptionDocument,
  type SubscriptionSecret,
} from '#libs/webhooks/http';

/** Narrows to a live subscription. @throws for a deleted one, which is never shown. */
export function liveStream(stream: Stream<SubscriptionState>): Stream<LiveSubscription> {
  const { state } = stream;
  if (!isLive(state)) throw new Error(`a subscription that is ${state.status} is not shown`);
  return { ...stream, state };
}

/** A subscription as its tenant sees it. Holds no secret. */
export function subscriptionDocument(stream: Stream<LiveSubscription>, sealer: Sealer): SubscriptionDocument {
  const { version, createdAt, updatedAt, state } = stream;
  const { disabledReason, warned, startFrom, filter, batch, rateLimit } = state;
  const headerNames = headerNamesOf(state, sealer);
  return {
    subscriptionId: state.subscriptionId,
    version,
    callbackUrl: shownUrl(state),
    eventTypes: state.eventTypes,
    status: state.status,
    ...(disabledReason && { disabledReason }),
    ...(warned && { health: healthOf(warned) }),
    ordering: state.ordering,
    onExhausted: state.onExhausted,
    startFrom,
    ...(filter && { filter }),
    payload: state.payload,
    format: state.format,
    ...(batch && { batch }),
    ...(rateLimit !== null && { rateLimit }),
    retry: state.retry,
    ...(headerNames.length > 0 && { headerNames }),
    createdAt,
    updatedAt,
  };
}

const healthOf = ({ warning, since, disablesAt }: EndpointWarning): SubscriptionDocument['health'] => ({
  warning,
  since,
  ...(disablesAt !== null && { disablesAt }),
});

/** Also works for subscriptions and replays created before queries were sealed. */
export function shownUrl({
  callbackUrl: text,
  callbackQuery,
}: Pick<LiveSubscription, 'callbackUrl' | 'callbackQuery'>): string {
  const { callbackUrl, query } = splitCallbackUrl(text);
  return shownCallbackUrl({ callbackUrl, query: callbackQuery ?? query });
}

/** Empty if the encryption key is gone: the rest can still be shown, and the subscription deleted. */
export function headerNamesOf(state: LiveSubscription, sealer: Sealer): string[] {
  try {
    return Object.keys(openHeaders(state, sealer));
  } catch (error) {
    if (error instanceof UnsealableError) return [];
    throw error;
  }
}

/** The secrets that sign deliveries at a given time. */
export function subscriptionSecret(
  { subscriptionId, secrets }: LiveSubscription,
  sealer: Sealer,
  now: string,
): SubscriptionSecret {
  const expiringSecrets: { secret: string; expiresAt: string }[] = [];
  let secret: string | undefined;
  for (const { sealed, expiresAt } of secrets) {
    if (expiresAt === null) secret = sealer.open(sealed, subscriptionId);
    else if (expiresAt > now)
      expiringSecrets.push({ secret: sealer.open(sealed, subscriptionId), expiresAt });
  }
  if (secret === undefined) throw new Error(`subscription ${subscriptionId} has no secret`);
  return { secret, ...(expiringSecrets.length > 0 && { expiringSecrets }) };
}

/** The secrets of a subscription, for a request that asks for exactly them. */
export function revealedSubscription(
  state: LiveSubscription,
  sealer: Sealer,
  now: string,
): RevealedSubscription {
  const callbackUrl = openCallbackUrl(state, sealer);
  return {
    ...subscriptionSecret(state, sealer, now),
    ...(callbackUrl !== shownUrl(state) && { callbackUrl }),
  };
}
