interface StreamPage {
  readonly label: string;
  readonly to: string;
  readonly search?: Readonly<Record<string, string>>;
}

/** The page of the thing whose stream a record belongs to, if there is one. */
export function streamPage(topic: string, streamId: string): StreamPage | undefined {
  switch (topic) {
    case 'orders':
      return { label: 'Story of the order', to: `/orders/${streamId}` };
    case 'payments':
      return { label: 'Payment', to: `/payments/${streamId}` };
    case 'processes':
      return { label: 'Process', to: `/processes/${streamId}` };
    case 'webhooks':
      return { label: 'Webhook', to: `/webhooks/${streamId}` };
    case 'inventory':
      return { label: 'Stock', to: `/stock/${encodeURIComponent(streamId)}` };
    case 'carts':
      return { label: 'Cart', to: '/carts', search: { cartId: streamId } };
    default:
      return undefined;
  }
}
