import { type AnyAggregateDefinition, newId, type StateColumn } from '#libs/kernel';
import { type ExistingOrder, ORDER_AGGREGATE } from '#libs/orders';
import { recordedAt, someOrderEvent } from '#libs/orders/testing';
import { useDatabase } from '#libs/testing';
import { emptyReadModel } from '../testing/applied.fixture.js';
import { stateTableProjection } from './state-table-projection.js';

const { prisma } = await useDatabase();

describe('the table of an aggregate', () => {
  /** The projection of orders, into a table that is defined otherwise. */
  const ordersInto = (table: Partial<AnyAggregateDefinition['table']>) =>
    stateTableProjection({ ...ORDER_AGGREGATE, table: { ...ORDER_AGGREGATE.table, ...table } });
  const check = (table: Partial<AnyAggregateDefinition['table']>) => ordersInto(table).check?.(prisma.pool);

  it('is refused when it is missing, or lacks a column', async () => {
    await check({});
    await expect(check({ name: 'no_such' })).rejects.toThrow('there is no table no_such: add a migration');
    const columns = { ...ORDER_AGGREGATE.table.columns, placedAt: { type: 'int', of: () => 1 } as const };
    await expect(check({ columns })).rejects.toThrow('table order has no column placedAt: add a migration');
  });

  it.each<[string, StateColumn<ExistingOrder>]>([
    ['a keyword with a comma', { type: 'keyword', of: () => 'a,b' }],
    ['an empty keyword', { type: 'keyword', of: () => '' }],
    ['a keyword that is null', { type: 'keyword', of: () => null as never }],
    ['text that is none', { type: 'text', of: () => undefined as never }],
    ['a large int', { type: 'int', of: () => 2 ** 31 }],
    ['a bigint that was rounded', { type: 'bigint', of: () => 2 ** 60 }],
    ['a number that is none', { type: 'bigint', of: () => Number.NaN }],
  ])('takes no row with %s, and names its column', async (_, column) => {
    await prisma.$executeRaw`truncate "order", projection, projection_checkpoint`;
    const model = await emptyReadModel(prisma, ordersInto({ columns: { status: column } }));
    const event = recordedAt(someOrderEvent(newId(), 1), 0, 0);
    await expect(model.apply([event], 0)).rejects.toThrow(`column status is no ${column.type}`);
    expect(await prisma.order.count()).toBe(0);
  });
});
