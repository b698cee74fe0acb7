import { InMemoryCommands } from '#libs/commands/testing';
import { STOCK_AGGREGATE, stockStreamId } from '#libs/inventory';
import { newId } from '#libs/kernel';
import { ORDER_AGGREGATE } from '#libs/orders';
import type { DispatchedCommand } from '#libs/processes/runner';
import type { FraudRule } from '../core/index.js';
import { ordersTarget } from './orders.target.js';
import { screeningTarget } from './screening.target.js';
import { stockTarget } from './stock.target.js';

const TENANT = 'acme';
const ORDER = '0197a2f0-0000-7000-8000-000000000001';

describe('the targets of the fulfilment', () => {
  let commands: InMemoryCommands;
  beforeEach(() => {
    commands = new InMemoryCommands();
  });

  /** As the sender sends it; without an id of its own it is the same task from somebody who has forgotten the first. */
  const sent = (payload: DispatchedCommand['payload'], commandId = newId()): DispatchedCommand => ({
    commandId,
    payload,
    tenant: TENANT,
    actor: 'order-fulfilment',
    correlationId: 'c-1',
    causationId: null,
    isFirst: true,
  });
  const origin = { tenant: TENANT, actor: 'test', correlationId: 'c-1', causationId: null } as never;
  const run = (aggregate: unknown, streamId: string, command: object) =>
    commands.execute(aggregate as never, { ...(origin as object), streamId, command } as never);
  const order = (more: object = {}) =>
    run(ORDER_AGGREGATE, ORDER, {
      type: 'create-order',
      orderId: ORDER,
      customer: { id: 'c-1', email: null, name: null },
      currency: 'EUR',
      items: [{ sku: 'bread', quantity: 2, unitPrice: 500 }],
      shippingAddress: { country: 'AT' },
      metadata: {},
      payment: { token: 'tok', country: 'DE' },
      fulfilment: true,
      ...more,
    });
  const typesIn = (topic: string) =>
    commands.events.filter((each) => each.topic === topic).map(({ type }) => type);

  describe('of stock', () => {
    const target = () => stockTarget(commands);
    const reserve = (quantity = 2, whenUntracked = 'reject') => ({
      type: 'reserve-stock' as const,
      sku: 'bread',
      orderId: ORDER,
      quantity,
      whenUntracked,
    });
    const take = (type: 'release-stock' | 'ship-stock') => ({ type, sku: 'bread', orderId: ORDER });
    const receive = (quantity: number) =>
      run(STOCK_AGGREGATE, stockStreamId(TENANT, 'bread'), { type: 'receive-stock', sku: 'bread', quantity });

    it('says what came of a reservation', async () => {
      expect(await target()(sent(reserve()))).toMatchObject({ data: { result: 'rejected' } });
      expect(await target()(sent(reserve(2, 'accept')))).toMatchObject({ data: { result: 'untracked' } });
      await receive(2);
      expect(await target()(sent(reserve(3, 'accept')))).toMatchObject({ data: { result: 'rejected' } });
      expect(await target()(sent(reserve()))).toMatchObject({
        outcome: 'done',
        data: { result: 'reserved' },
      });
    });

    it('is not kept from its work by a client that used the id of the command as its key', async () => {
      const commandId = newId();
      const streamId = stockStreamId(TENANT, 'bread');
      const receive = { type: 'receive-stock', sku: 'bread', quantity: 2 };
      await commands.execute(
        STOCK_AGGREGATE as never,
        {
          ...(origin as object),
          streamId,
          command: receive,
          commandId,
          requestHash: 'hash',
        } as never,
      );
      expect(await target()(sent(reserve(), commandId))).toMatchObject({ data: { result: 'reserved' } });
      expect(typesIn('inventory')).toEqual(['stock.received', 'stock.reserved', 'stock.depleted']);
    });

    it.each(['release-stock', 'ship-stock'] as const)(
      'answers each repeat of %s as the first',
      async (type) => {
        await receive(9);
        const first = await target()(sent(reserve()));
        expect(await target()(sent(reserve()))).toEqual(first);
        const taken = await target()(sent(take(type)));
        expect(taken).toMatchObject({ outcome: 'done', data: { version: 3 } });
        expect(await target()(sent(take(type)))).toEqual(taken);
        expect(typesIn('inventory').filter((each) => each === 'stock.reserved')).toHaveLength(1);
      },
    );

    it('throws while the engine does not answer, so that the command comes again', async () => {
      commands.beforeSend = () => {
        throw new Error('away');
      };
      await expect(target()(sent(reserve()))).rejects.toThrow('away');
    });
  });

  describe('of orders', () => {
    const target = () => ordersTarget(commands);
    const confirm = { type: 'confirm-order' as const, orderId: ORDER };
    const cancel = { type: 'cancel-order' as const, orderId: ORDER, cause: 'out-of-stock', reason: null };

    it('moves them once, and tells where they are to whoever asks again', async () => {
      await order();
      for (let times = 0; times < 2; times++)
        expect(await target()(sent(confirm))).toEqual({ outcome: 'done', data: { status: 'confirmed' } });
      expect(typesIn('orders')).toEqual(['order.created', 'order.confirmed']);
    });

    it('tells of an order that went elsewhere where that is', async () => {
      await order();
      await target()(sent(cancel));
      expect(await target()(sent(confirm))).toEqual({ outcome: 'done', data: { status: 'cancelled' } });
      expect(await target()(sent(cancel))).toEqual({ outcome: 'done', data: { status: 'cancelled' } });
      expect(typesIn('orders')).toEqual(['order.created', 'order.cancelled']);
    });

    it('refuses to move an order that there is not', async () => {
      expect(await target()(sent(confirm))).toMatchObject({ outcome: 'refused', code: 'order-not-found' });
    });
  });

  describe('of screening', () => {
    const asked: unknown[][] = [];
    const pool = {
      query: async (_: string, values: unknown[]) => {
        asked.push(values);
        return { rows: [{ count: '3' }] };
      },
    };
    const screen = (rules: readonly FraudRule[]) =>
      screeningTarget(
        commands,
        { pool } as never,
        rules,
      )(sent({ type: 'screen-order', orderId: ORDER } as never));

    it('lets pass what matches no rule', async () => {
      await order();
      expect(await screen([])).toEqual({ outcome: 'done', data: { result: 'passed' } });
    });

    it('flags what matches one, with the reason', async () => {
      await order();
      expect(await screen([{ rule: 'country-mismatch' }])).toMatchObject({
        data: { result: 'flagged', reason: expect.stringMatching(/DE.*AT/) },
      });
    });

    it('counts the orders of the customer at the tenant, and this one with them', async () => {
      await order();
      const rule = (orders: number): FraudRule => ({ rule: 'orders-per-customer', orders, withinMs: 60_000 });
      expect(await screen([rule(4)])).toMatchObject({ data: { result: 'passed' } });
      expect(await screen([rule(3)])).toMatchObject({ data: { result: 'flagged' } });
      expect(asked.at(-1)?.slice(0, 2)).toEqual([TENANT, 'c-1']);
      expect(asked.at(-1)?.at(-1)).toBe(ORDER);
    });

    it('refuses to screen an order that there is not', async () => {
      expect(await screen([])).toMatchObject({ outcome: 'refused', code: 'order-not-found' });
    });
  });
});
