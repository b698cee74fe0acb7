import { setImmediate as nextTurn } from 'node:timers/promises';
import { register } from 'prom-client';
import { InMemoryCommands } from '#libs/commands/testing';
import { STOCK_AGGREGATE, stockStreamId } from '#libs/inventory';
import { newId } from '#libs/kernel';
import { ORDER_AGGREGATE } from '#libs/orders';
import { sealedInMemory } from '#libs/personal-data/testing';
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
    traceparent: null,
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
    const reserve = (quantities: Record<string, number>, whenUntracked: 'accept' | 'reject' = 'reject') => ({
      type: 'reserve-stock' as const,
      orderId: ORDER,
      lines: Object.entries(quantities).map(([sku, quantity]) => ({ sku, quantity })),
      whenUntracked,
    });
    const take = (type: 'release-stock' | 'ship-stock') => ({
      type,
      orderId: ORDER,
      skus: ['bread', 'milk'],
    });
    const receive = (sku: string, quantity: number, more: object = {}) =>
      commands.execute(
        STOCK_AGGREGATE as never,
        {
          ...(origin as object),
          streamId: stockStreamId(TENANT, sku),
          command: { type: 'receive-stock', sku, quantity },
          ...more,
        } as never,
      );

    it.each([
      ['all that there is', { bread: 2, milk: 1 }, 'reject', 'done', ['reserved', 'reserved']],
      ['one line too many', { bread: 2, milk: 2 }, 'reject', 'rejected', ['reserved', 'rejected']],
      [
        'what nobody counts, if that is accepted',
        { tea: 9, milk: 1 },
        'accept',
        'done',
        ['untracked', 'reserved'],
      ],
      ['what nobody counts, if that is not accepted', { tea: 9 }, 'reject', 'rejected', ['rejected']],
      ['what is counted, and too much', { milk: 2 }, 'accept', 'rejected', ['rejected']],
    ] as const)(
      'says what came of a reservation of %s',
      async (_, quantities, whenUntracked, result, results) => {
        await receive('bread', 2);
        await receive('milk', 1);
        const skus = Object.keys(quantities);
        expect(await target()(sent(reserve(quantities, whenUntracked)))).toMatchObject({
          outcome: 'done',
          data: { result, lines: skus.map((sku, index) => ({ sku, result: results[index] })) },
        });
      },
    );

    it('rejects a line that the stock does not understand, and says why', async () => {
      expect(await target()(sent(reserve({ bread: 2 ** 60 })))).toMatchObject({
        data: {
          result: 'rejected',
          lines: [{ result: 'rejected', reason: expect.stringMatching(/quantity/i) }],
        },
      });
    });

    it('is not kept from its work by a client that used the id of the command as its key', async () => {
      const commandId = newId();
      for (const key of [commandId, `${commandId} bread`])
        await receive('bread', 1, { commandId: key, requestHash: 'hash' });
      expect(await target()(sent(reserve({ bread: 2 }), commandId))).toMatchObject({
        data: { result: 'done' },
      });
    });

    it.each(['release-stock', 'ship-stock'] as const)(
      'answers each repeat of %s as the first',
      async (type) => {
        await receive('bread', 9);
        await receive('milk', 9);
        const first = await target()(sent(reserve({ bread: 2, milk: 1 })));
        expect(await target()(sent(reserve({ bread: 2, milk: 1 })))).toEqual(first);
        const taken = await target()(sent(take(type)));
        const lines = [
          { sku: 'bread', version: 3 },
          { sku: 'milk', version: 3 },
        ];
        expect(taken).toEqual({ outcome: 'done', data: { result: 'done', lines } });
        expect(await target()(sent(take(type)))).toEqual(taken);
        expect(typesIn('inventory').filter((each) => each === 'stock.reserved')).toHaveLength(2);
      },
    );

    it('throws while the engine does not answer, and goes on where it was when the command comes again', async () => {
      await receive('bread', 2);
      await receive('milk', 1);
      commands.beforeSend = (_, streamId) => {
        if (streamId === stockStreamId(TENANT, 'milk')) throw new Error('away');
      };
      const command = sent(reserve({ bread: 2, milk: 1 }));
      await expect(target()(command)).rejects.toThrow('away');
      commands.beforeSend = () => undefined;
      expect(await target()(command)).toMatchObject({ data: { result: 'done' } });
      expect(typesIn('inventory').filter((each) => each === 'stock.reserved')).toHaveLength(2);
    });

    it('asks for a few lines of a large order at a time', async () => {
      let running = 0;
      let most = 0;
      commands.beforeSend = async () => {
        most = Math.max(most, ++running);
        await nextTurn();
        running--;
      };
      const many = Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`sku-${index}`, 1]));
      await target()(sent(reserve(many, 'accept')));
      expect(most).toBe(8);
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

    it('measures how long an order took to be confirmed, once', async () => {
      const confirmations = async () => {
        const shown = await register.getSingleMetric('orderstream_order_confirmation_seconds')?.get();
        return shown?.values.find((each) => 'metricName' in each && each.metricName === `${shown.name}_count`)
          ?.value;
      };
      await order();
      const before = (await confirmations()) ?? 0;
      await target()(sent(cancel));
      expect(await confirmations()).toBe(before);
      commands = new InMemoryCommands();
      await order();
      for (let times = 0; times < 2; times++) await target()(sent(confirm));
      expect(await confirmations()).toBe(before + 1);
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
        sealedInMemory(),
      )(sent({ type: 'screen-order', orderId: ORDER } as never));

    it('lets pass what matches no rule', async () => {
      await order();
      expect(await screen([])).toEqual({ outcome: 'done', data: { result: 'passed' } });
    });

    it('flags what matches one, with the reason', async () => {
      await order();
      expect(await screen([{ rule: 'country-mismatch' }])).toMatchObject({
        data: { result: 'flagged', reason: expect.stringMatching(/card is from/) },
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
