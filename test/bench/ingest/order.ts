import type { CreateOrderBody } from '#libs/orders/http';

/** The order that every contestant creates: one like those of a small web shop. */
export const ORDER = {
  customer: { id: 'c-10042', email: 'ada@example.com', name: 'Ada Lovelace' },
  currency: 'EUR',
  items: [
    { sku: 'tea-earl-grey', quantity: 2, unitPrice: 950 },
    { sku: 'pot-cast-iron', quantity: 1, unitPrice: 4_900 },
  ],
  metadata: { channel: 'web' },
} satisfies CreateOrderBody;
