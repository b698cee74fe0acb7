/**
 * - `success-rate`: few attempts succeed.
 * - `disabling`: nothing has succeeded for days, so the subscription is about to be disabled.
 */
export const ENDPOINT_WARNINGS = ['success-rate', 'disabling'] as const;

/** Times are RFC 3339 in UTC with milliseconds. */
export type EndpointWarning =
  | { readonly warning: 'success-rate'; readonly since: string; readonly disablesAt: null }
  | { readonly warning: 'disabling'; readonly since: string; readonly disablesAt: string };

/** How an endpoint fares: its owner is warned of it, or need not be. */
export type EndpointHealth = EndpointWarning | { readonly warning: null };

/**
 * Whether a subscription receives nothing but events about subscriptions. Nobody is warned of its endpoint: the warning
 * might be delivered there, fail, and lead to the next one endlessly.
 */
export const receivesOnlyNotices = (eventTypes: readonly string[]): boolean =>
  eventTypes.every((type) => type.startsWith('webhook'));
