import fc from 'fast-check';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EVENT_CONTRACTS } from '#libs/contracts';
import { anyEvent, type SomeEvent } from '#libs/export/testing';
import type { RecordedEvent } from '#libs/kernel';
import { itForAll } from '#libs/kernel/testing';
import { makeTestDirectory } from '#libs/testing';
import { type ColumnType, literal, sqlTypeOf } from '../core/column-type.js';
import { type EventTable, eventTable } from '../core/event-table.js';
import { COPY_OPTIONS, fileColumns } from '../core/file-select.js';
import { type Database, openDatabase } from './database.js';
import { EventBuffer } from './event-buffer.js';

const TABLES = EVENT_CONTRACTS.map((contract) => ({ contract, table: eventTable(contract) }));

const withPositions = (events: readonly SomeEvent[], topic: string): RecordedEvent[] =>
  events.map((event, offset) => ({ ...event, position: { topic, partition: offset % 12, offset } }));

/** A value as DuckDB's client shows it in JSON. */
function shown(value: unknown, type: ColumnType): unknown {
  if (value === null || value === undefined) return null;
  switch (type.kind) {
    case 'long':
      return JSON.stringify(value);
    case 'list':
      return (value as unknown[]).map((item) => shown(item, type.items));
    case 'map':
      return Object.entries(value).map(([key, each]) => ({ key, value: shown(each, type.values) }));
    case 'struct':
      return Object.fromEntries(
        type.fields.map((field) => [
          field.name,
          shown((value as Record<string, unknown>)[field.name], field.type),
        ]),
      );
    case 'millis':
      return Date.parse(value as string);
    case 'url':
      return (value as string).replace(/[?#].*$/s, '');
    default:
      return value;
  }
}

/** Times as numbers, which have one form only. */
function comparable(value: unknown, type: ColumnType): unknown {
  if (value === null) return null;
  if (type.kind === 'millis') return Date.parse(`${(value as string).replace(' ', 'T')}Z`);
  if (type.kind === 'list') return (value as unknown[]).map((item) => comparable(item, type.items));
  if (type.kind !== 'struct') return value;
  const record = value as Record<string, unknown>;
  return Object.fromEntries(
    type.fields.map((field) => [field.name, comparable(record[field.name], field.type)]),
  );
}

const RFC_3339 = /^-?\d{4,}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/** The times in a value, wherever they are in it. */
function timesIn(value: unknown, type: ColumnType): unknown[] {
  if (value === null || value === undefined) return [];
  switch (type.kind) {
    case 'millis':
    case 'micros':
      return [value];
    case 'list':
      return (value as unknown[]).flatMap((item) => timesIn(item, type.items));
    case 'map':
      return Object.values(value).flatMap((item) => timesIn(item, type.values));
    case 'struct':
      return type.fields.flatMap(({ name, type: of }) =>
        timesIn((value as Record<string, unknown>)[name], of),
      );
    default:
      return [];
  }
}

describe('events in columns', () => {
  let database: Database;
  let directory: string;
  let files = 0;
  beforeAll(async () => {
    directory = await makeTestDirectory('columns');
    database = await openDatabase({ spillDirectory: join(directory, 'spill') });
  });
  afterAll(() => database.close());

  async function rowsIn(table: EventTable, from: string): Promise<Record<string, unknown>[]> {
    const found = await database.connection.runAndReadAll(`select * from ${from} order by _offset`);
    const rows = found.getRowObjectsJson() as Record<string, unknown>[];
    return rows.map((row) =>
      Object.fromEntries(table.columns.map(({ name, type }) => [name, comparable(row[name], type)])),
    );
  }

  const NESTED: ColumnType = {
    kind: 'list',
    items: {
      kind: 'struct',
      fields: [
        { name: 'at', type: { kind: 'millis' } },
        { name: 'a "b"', type: { kind: 'map', values: { kind: 'list', items: { kind: 'micros' } } } },
      ],
    },
  };

  it('have times as RFC 3339 in JSON, however deep they are', async () => {
    const { connection } = database;
    const table = { ...TABLES[0]!.table, columns: [{ name: 'nested', type: NESTED, valueOf: () => null }] };
    await connection.run(`create table "nested" (nested ${sqlTypeOf(NESTED)})`);
    await connection.run(`insert into "nested" values
      ([{'at': timestamp '2026-01-02 03:04:05.006', 'a "b"': map {'x': [timestamp '2026-01-02', null], 'y': null}}, null]), (null), ([])`);
    const file = join(directory, 'nested.jsonl');
    await connection.run(
      `copy (select ${fileColumns(table, 'jsonl')} from "nested") to ${literal(file)} (${COPY_OPTIONS.jsonl})`,
    );
    const rows = (await readFile(file, 'utf8')).trimEnd().split('\n');
    expect(rows.map((row) => JSON.parse(row) as unknown)).toEqual([
      {
        nested: [
          { at: '2026-01-02T03:04:05.006Z', 'a "b"': { x: ['2026-01-02T00:00:00.000Z', null], y: null } },
          null,
        ],
      },
      { nested: null },
      { nested: [] },
    ]);
  });

  const rowOf = ({ columns }: EventTable, event: RecordedEvent) =>
    Object.fromEntries(columns.map(({ name, type, valueOf }) => [name, shown(valueOf(event), type)]));

  itForAll(
    'come back as they are, from a table and from Parquet, and with their times in JSON',
    [
      fc
        .constantFrom(...TABLES)
        .chain(({ contract, table }) =>
          fc.tuple(fc.constant(table), fc.array(anyEvent(contract), { minLength: 1, maxLength: 30 })),
        ),
    ],
    async ([table, some]) => {
      const events = withPositions(some, table.topic);
      const { connection } = database;
      const buffer = await EventBuffer.open(connection, table, 'rows');
      for (const event of events) buffer.add(event);
      buffer.flush();
      buffer.close();
      const file = join(directory, `${files++}.parquet`);
      await connection.run(
        `copy (select ${fileColumns(table, 'parquet')} from "rows") to ${literal(file)} (${COPY_OPTIONS.parquet})`,
      );
      const expected = events.map((event) => rowOf(table, event));
      expect(await rowsIn(table, '"rows"')).toEqual(expected);
      expect(await rowsIn(table, literal(file))).toEqual(expected);
      const lines = join(directory, `${files++}.jsonl`);
      await connection.run(
        `copy (select ${fileColumns(table, 'jsonl')} from "rows" order by _offset) to ${literal(lines)} (${COPY_OPTIONS.jsonl})`,
      );
      const inJson = (await readFile(lines, 'utf8')).trimEnd().split('\n');
      for (const [index, line] of inJson.entries()) {
        const row = JSON.parse(line) as Record<string, unknown>;
        for (const { name, type, valueOf } of table.columns) {
          const times = timesIn(row[name], type);
          expect(times).toEqual(times.map(() => expect.stringMatching(RFC_3339)));
          expect(times.length).toBe(timesIn(valueOf(events[index]!), type).length);
        }
      }
      await connection.run('drop table "rows"');
    },
  );

  it('take many rows, long lists and nulls between them', async () => {
    const { contract, table } = TABLES.find(({ table: { eventType } }) => eventType === 'order.created')!;
    const [one, other] = fc.sample(anyEvent(contract), { numRuns: 2, seed: 7 }) as [SomeEvent, SomeEvent];
    const item = { sku: 'tea', quantity: 2, unitPrice: 350 };
    const many = Array.from({ length: 2_500 }, (_, index): SomeEvent => {
      const base = index % 2 === 0 ? one : other;
      const items = Array.from({ length: index % 97 === 0 ? 300 : index % 3 }, () => item);
      return { ...base, data: { ...base.data, items, total: index } };
    });
    const events = withPositions(many, 'orders');
    const buffer = await EventBuffer.open(database.connection, table, 'many');
    for (const event of events) buffer.add(event);
    buffer.flush();
    expect(await rowsIn(table, '"many"')).toEqual(events.map((event) => rowOf(table, event)));
  });

  it('go without an event that does not fit, and keep all others', async () => {
    const { contract, table } = TABLES.find(({ table: { eventType } }) => eventType === 'order.confirmed')!;
    const some = fc.sample(anyEvent(contract), { numRuns: 5, seed: 1 });
    const events = withPositions(some, 'orders');
    const buffer = await EventBuffer.open(database.connection, table, 'fitting');
    const bad = { ...events[2]!, data: { ...(events[2]!.data as object), orderId: 'not-an-id' } };
    buffer.add(events[0]!);
    buffer.add(events[1]!);
    expect(() => buffer.add(bad)).toThrow('no UUID');
    buffer.add(events[3]!);
    buffer.flush();
    const rest = [events[0]!, events[1]!, events[3]!];
    expect(await rowsIn(table, '"fitting"')).toEqual(rest.map((event) => rowOf(table, event)));
  });
});
