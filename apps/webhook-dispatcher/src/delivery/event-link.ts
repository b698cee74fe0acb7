import type { RecordedEvent } from '#libs/kernel';

interface Linked {
  /** Fields of `data` that say what the event is about. */
  readonly ids: readonly string[];
  /** Where a subscriber can read the rest with its key, by the first of them. */
  readonly path: (id: string) => string;
}

/** By topic. Events of an order can be read themselves; of the others, the state that they led to. */
const LINKED: Readonly<Record<string, Linked>> = {
  orders: { ids: ['orderId'], path: (orderId) => `/v1/orders/${orderId}/events` },
  inventory: { ids: ['sku', 'orderId'], path: (sku) => `/v1/stock/${sku}` },
  webhooks: {
    ids: ['subscriptionId'],
    path: (subscriptionId) => `/v1/webhook-subscriptions/${subscriptionId}`,
  },
};

/**
 * What a thin event has in place of its data: ids, and `link`.
 * @param publicUrl where the API is reached; without it, the link is relative to that.
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
