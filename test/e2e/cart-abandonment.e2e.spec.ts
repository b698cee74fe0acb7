import { setTimeout as sleep } from 'node:timers/promises';
import { WITH_FULFILMENT } from './fulfilment.fixture.js';
import { eventually, useSharedSystem } from './system.fixture.js';

const AFTER_MS = Number(WITH_FULFILMENT.CART_ABANDONED_AFTER_MS);

describe('carts that are left alone', () => {
  const { client } = useSharedSystem({ settings: WITH_FULFILMENT });

  const pathOf = (cartId: string) => `/v1/carts/${cartId}`;
  const fill = async (cartId: string, quantity = 2) => {
    await client.put(pathOf(cartId), { customer: { id: 'c-1', email: 'ada@example.com' }, currency: 'EUR' });
    await client.put(`${pathOf(cartId)}/items/tea`, { quantity, unitPrice: 450 });
  };
  const statusBecomes = (cartId: string, status: string) =>
    eventually(async () => expect((await client.get(pathOf(cartId))).body.status).toBe(status));
  const reminders = async (cartId: string): Promise<{ status: string }[]> =>
    (await client.get(`/v1/notifications?cartId=${cartId}`)).body.items;

  // All at once, since each of them takes its time.
  let orderId: string;
  let leftAt: number;
  beforeAll(async () => {
    await Promise.all(['forgotten', 'returned'].map((cartId) => fill(cartId)));
    await fill('emptied');
    await client.delete(`${pathOf('emptied')}/items/tea`);
    await fill('ordered');
    const order = await client.post(`${pathOf('ordered')}/checkout`, {});
    expect(order.status).toBe(201);
    ({ orderId } = order.body);
    leftAt = Date.now();
  });

  it('are abandoned, and their customer is reminded once, though the cart is left alone again', async () => {
    await statusBecomes('forgotten', 'abandoned');
    await eventually(async () =>
      expect(await reminders('forgotten')).toMatchObject([
        { template: 'cart-reminder', status: 'sent', to: 'ada@example.com', total: 900 },
      ]),
    );
    const back = await client.put(`${pathOf('forgotten')}/items/cup`, { quantity: 1, unitPrice: 1_000 });
    expect(back.body).toMatchObject({ status: 'open', total: 1_900 });
    await statusBecomes('forgotten', 'abandoned');
    await sleep(AFTER_MS);
    expect(await reminders('forgotten')).toHaveLength(1);
  });

  it('are not abandoned while they are empty, or once they are checked out', async () => {
    await sleep(Math.max(0, leftAt + 2 * AFTER_MS - Date.now()));
    const statuses = ['emptied', 'ordered'].map(async (id) => (await client.get(pathOf(id))).body.status);
    expect(await Promise.all(statuses)).toEqual(['open', 'checked-out']);
    expect([await reminders('emptied'), await reminders('ordered')]).toEqual([[], []]);
    await eventually(async () => {
      const { body } = await client.get(`/v1/orders/${orderId}`);
      expect(body.status).toBe('confirmed');
    });
  });

  it('can still be checked out', async () => {
    await statusBecomes('returned', 'abandoned');
    const order = await client.post(`${pathOf('returned')}/checkout`, {});
    expect([order.status, order.body.total]).toEqual([201, 900]);
    await statusBecomes('returned', 'checked-out');
  });
});
