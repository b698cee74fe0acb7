import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pLimit from 'p-limit';
import { allEvents } from './commands.fixture.js';
import { Fulfilment } from './fulfilment.fixture.js';
import { eventually, useSharedSystem } from './system.fixture.js';

const ORDERS = 500;
const UNITS = 100;
const CONNECTIONS = 200;
const EVENT_TYPES = 'order.confirmed,order.cancelled,stock.*,email.sent,payment.captured';

interface ShopEvent {
  readonly eventType: string;
  readonly data: { readonly quantity: number; readonly orderId: string; readonly template: string };
}

describe('the last units of an article', () => {
  const { client } = useSharedSystem({ settings: { FULFILMENT_ENABLED: 'true' } });

  it('go to as many customers as there are units, and each of the others is told', async () => {
    const shop = new Fulfilment(client);
    const sku = `sku-${randomUUID()}`;
    await shop.receive(sku, UNITS);
    const wishes = Array.from({ length: ORDERS }, () => ({ items: [{ sku, quantity: 1 }] }));
    const orderIds = await pLimit(CONNECTIONS).map(wishes, (wish) => shop.order(wish));

    const events = await eventually(async () => {
      await sleep(1_000);
      const all = await allEvents<ShopEvent>(client, `&eventTypes=${EVENT_TYPES}`);
      expect(all.filter(({ eventType }) => eventType === 'email.sent')).toHaveLength(ORDERS);
      return all;
    });
    const ordersWith = (type: string, template?: string) =>
      events
        .filter(({ eventType, data }) => eventType === type && data.template === template)
        .map(({ data }) => data.orderId)
        .toSorted();
    const confirmed = ordersWith('order.confirmed');
    const cancelled = ordersWith('order.cancelled');
    expect(confirmed).toHaveLength(UNITS);
    expect([...confirmed, ...cancelled].toSorted()).toEqual(orderIds.toSorted());
    expect(ordersWith('payment.captured')).toEqual(confirmed);
    expect(ordersWith('email.sent', 'order-confirmed')).toEqual(confirmed);
    expect(ordersWith('email.sent', 'order-cancelled')).toEqual(cancelled);
    for (const orderId of cancelled)
      expect((await shop.read(orderId)).cancellation.cause).toBe('out-of-stock');

    let available = 0;
    for (const { eventType, data } of events) {
      if (['stock.received', 'stock.released'].includes(eventType)) available += data.quantity;
      if (eventType === 'stock.reserved') available -= data.quantity;
      expect(available).toBeGreaterThanOrEqual(0);
    }
    await eventually(async () =>
      expect(await shop.stock(sku)).toEqual({ onHand: UNITS, reserved: UNITS, available: 0 }),
    );
  });
});
