import { EVENT_CONTRACTS, isHiddenField } from '#libs/contracts';
import { type ColumnType, sqlTypeOf } from './column-type.js';
import { columnTypeOf, type EventTable, eventTable } from './event-table.js';

const TABLES = EVENT_CONTRACTS.map(eventTable);

const columnsOf = (eventType: string): Record<string, string> => {
  const table = TABLES.find((each) => each.eventType === eventType) as EventTable;
  return Object.fromEntries(table.columns.map(({ name, type }) => [name, sqlTypeOf(type)]));
};

/** The path of every field that the type shows. */
function paths(type: ColumnType, path: readonly string[]): string[][] {
  if (type.kind === 'list') return paths(type.items, path);
  if (type.kind !== 'struct') return [[...path]];
  return type.fields.flatMap((field) => paths(field.type, [...path, field.name]));
}

describe('the columns of events', () => {
  it('have the types of the schema', () => {
    expect(columnsOf('order.created')).toEqual({
      _topic: 'VARCHAR',
      _partition: 'INTEGER',
      _offset: 'BIGINT',
      _time: 'TIMESTAMP',
      event_id: 'UUID',
      stream_id: 'VARCHAR',
      version: 'BIGINT',
      tenant: 'VARCHAR',
      orderId: 'UUID',
      customer: 'STRUCT("id" VARCHAR, "email" VARCHAR, "name" VARCHAR)',
      currency: 'VARCHAR',
      items: 'STRUCT("sku" VARCHAR, "quantity" BIGINT, "unitPrice" BIGINT)[]',
      total: 'BIGINT',
      shippingAddress: 'MAP(VARCHAR, VARCHAR)',
      metadata: 'MAP(VARCHAR, VARCHAR)',
      customerId: 'VARCHAR',
      payment: 'STRUCT("country" VARCHAR)',
      fulfilment: 'BOOLEAN',
    });
    expect(columnsOf('process.started')).toMatchObject({
      at: 'TIMESTAMP',
      orderId: 'UUID',
      withdrawn: 'UUID[]',
      timersSet: 'STRUCT("name" VARCHAR, "dueAt" TIMESTAMP)[]',
    });
  });

  it('have names of their own in every table', () => {
    for (const { columns } of TABLES) {
      const names = [...columns.map(({ name }) => name.toLowerCase()), 'event_type', 'day'];
      expect(new Set(names).size).toBe(names.length);
    }
    expect(columnsOf('act.recorded')).toMatchObject({ tenant: 'VARCHAR', data_tenant: 'VARCHAR' });
  });

  it('show no hidden field', () => {
    for (const { eventType, columns } of TABLES)
      for (const path of columns.slice(8).flatMap(({ name, type }) => paths(type, [name])))
        expect([eventType, path, isHiddenField(eventType, path)]).toEqual([eventType, path, false]);
    expect(columnsOf('webhook-subscription.created')).not.toHaveProperty('secrets');
  });

  it.each([
    [{ type: 'bytes', logicalType: 'decimal', precision: 12, scale: 2 }, 'DECIMAL(12, 2)'],
    [{ type: 'bytes', logicalType: 'decimal', precision: 40, scale: 2 }, 'BLOB'],
    [{ type: 'int', logicalType: 'date' }, 'DATE'],
    [{ type: 'long', logicalType: 'timestamp-micros' }, 'TIMESTAMP'],
    [{ type: 'map', values: { type: 'array', items: ['null', 'double'] } }, 'MAP(VARCHAR, DOUBLE[])'],
    [{ type: 'enum', name: 'Colour', symbols: ['red'] }, 'VARCHAR'],
    [['null', 'string', 'long'], 'VARCHAR'],
  ])('hold %j as %s', (schema, type) => {
    expect(sqlTypeOf(columnTypeOf(schema))).toBe(type);
  });

  it.each([
    ['a name that stands for nothing', 'Nothing'],
    ['nothing but null', ['null']],
    [
      'a record of hidden fields',
      { type: 'record', name: 'R', fields: [{ name: 'a', sealed: true, type: 'string' }] },
    ],
    [
      'one record or another',
      ['string', { type: 'record', name: 'R', fields: [{ name: 'a', type: 'string' }] }],
    ],
  ] as const)('hold no %s', (_, schema) => {
    expect(() => columnTypeOf(schema as Parameters<typeof columnTypeOf>[0])).toThrow('no column can hold');
  });
});
