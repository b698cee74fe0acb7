import type { RecordedEvent } from '#libs/kernel';

interface Linked {
  /** Fields of `data` that identify the event's subject. */
  readonly ids: readonly string[];
  /** Path of the full data for the first of these ids. */
  readonly path: (id: string) => string;
}

/** By topic. An order links to its events, everything else to the resulting state. */
const LINKED: Readonly<Record<string, Linked>> = {
  orders: { ids: ['orderId'], path: (orderId) => `/v1/orders/${orderId}/events` },
  inventory: { ids: ['sku', 'orderId'], path: (sku) => `/v1/stock/${sku}` },
  webhooks: {
    ids: ['subscriptionId'],
    path: (subscriptionId) => `/v1/webhook-subscriptions/${subscriptionId}`,
  },
};

/**
 * Returns the ids and the `link` that a thin event carries instead of its data.
 * @param publicUrl base URL of the API; without it, the link is relative
 */
export function eventLink(
  { position, data }: RecordedEvent,
  publicUrl: string | undefined,
): Record<string, string> {
  const linked = LINKED[position.topic];
  if (!linked) return {};
  const fields = data as Readonly<Record<string, unknown>>;
  const shown: Record<string, string> = {};
  for (const name of linked.ids) {
    const id = fields[name];
    if (typeof id === 'string') shown[name] = id;
  }
  const id = shown[linked.ids[0] ?? ''];
  if (id === undefined) return shown;
  const base = publicUrl?.replace(/\/+$/, '') ?? '';
  return { ...shown, link: base + linked.path(encodeURIComponent(id)) };
}
