import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FieldSchema, RecordSchema } from '../../libs/contracts/avro-schema.js';
import { check, generate, type Places, release } from './contracts.js';

const SCHEMAS = fileURLToPath(new URL('../../schemas', import.meta.url));
const CONFIRMED = 'orders/OrderConfirmed.avsc';
/** Has no currency, so that not every number is money. */
const RECEIVED = 'inventory/StockReceived.avsc';

let root: string;
let places: Places;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'contracts-'));
  places = { schemas: join(root, 'schemas'), generated: join(root, 'generated') };
  cpSync(SCHEMAS, places.schemas, { recursive: true });
  expect(generate(places).problems).toEqual([]);
});
afterEach(() => rmSync(root, { recursive: true }));

const read = (path: string): RecordSchema =>
  JSON.parse(readFileSync(join(places.schemas, path), 'utf8')) as RecordSchema;
const edit = (path: string, change: (schema: RecordSchema) => RecordSchema): void =>
  writeFileSync(join(places.schemas, path), JSON.stringify(change(read(path))));
const editFields = (path: string, change: (fields: readonly FieldSchema[]) => readonly FieldSchema[]): void =>
  edit(path, (schema) => ({ ...schema, fields: change(schema.fields) }));
const problems = (): string => check(places).problems.join('\n');

const priority: FieldSchema = { name: 'priority', type: ['null', 'long'], default: null, doc: 'How urgent.' };

describe('the contracts of this repository', () => {
  it('agree', () => {
    const generated = fileURLToPath(new URL('../../libs/contracts/generated', import.meta.url));
    expect(check({ schemas: SCHEMAS, generated }).problems).toEqual([]);
  });
});

describe('a change of a schema', () => {
  it('is released, and then generated', () => {
    editFields(CONFIRMED, (fields) => [...fields, priority]);
    expect(problems()).toBe(`${CONFIRMED} has changed since its last release: run npm run contracts:release`);

    expect(release(places)).toEqual({
      problems: [],
      summary: 'released released/orders-orderstream.orders.OrderConfirmed/3.avsc',
    });
    expect(problems()).toBe('generated/orders.ts is out of date: run npm run contracts');

    generate(places);
    expect(problems()).toBe('');
    expect(readFileSync(join(places.generated, 'orders.ts'), 'utf8')).toContain(
      'readonly priority: number | null;',
    );
  });

  it('may be the first release of a new event', () => {
    const path = 'orders/OrderArchived.avsc';
    const schema = { ...read(CONFIRMED), name: 'OrderArchived', eventType: 'order.archived' };
    writeFileSync(join(places.schemas, path), JSON.stringify(schema));
    expect(problems()).toBe(`${path} has not been released yet: run npm run contracts:release`);
    expect(release(places).problems).toEqual([]);
  });

  it('may add a measurement that is a double', () => {
    editFields(RECEIVED, (fields) => [
      ...fields,
      { ...priority, name: 'taxiSpeed', type: ['null', 'double'] },
    ]);
    expect(release(places).problems).toEqual([]);
    expect(generate(places).problems).toEqual([]);
    expect(problems()).toBe('');
  });

  it('must be compatible with every released version, not just the newest', () => {
    editFields(CONFIRMED, (fields) => [...fields, priority]);
    release(places);
    editFields(CONFIRMED, (fields) =>
      fields.map((field) => (field.name === 'priority' ? { ...priority, type: ['null', 'string'] } : field)),
    );
    expect(problems()).toContain('(compared with released version 3).');
  });

  it('that breaks a promise is refused, with the reason and the way out', () => {
    editFields(CONFIRMED, (fields) => fields.filter(({ name }) => name !== 'orderId'));
    const refusal = [
      `${CONFIRMED}, field orderId: was removed, and had no default (compared with released versions 1 and 2).`,
      '  Why it matters: Old code needs it',
      '  To fix it: Put it back as it was: {"name":"orderId"',
    ];
    for (const part of refusal) expect(problems()).toContain(part);
    expect(release(places)).toMatchObject({ problems: [problems().split('\n' + CONFIRMED)[0]] });
  });

  it('cannot remove an event', () => {
    rmSync(join(places.schemas, CONFIRMED));
    expect(problems()).toContain('orders/OrderConfirmed.avsc: is gone, but was released');
  });
});

describe('a schema', () => {
  it.each<[string, string, (schema: RecordSchema) => RecordSchema, string]>([
    ['docs', CONFIRMED, ({ doc: _, ...schema }) => schema, 'OrderConfirmed has no doc'],
    [
      'the name of its event',
      CONFIRMED,
      (schema) => ({ ...schema, eventType: 'order.approved' }),
      'order.approved needs the record name OrderApproved',
    ],
    [
      'a unique event type',
      CONFIRMED,
      (schema) => ({ ...schema, eventType: 'order.created' }),
      'order.created is already in orders/OrderConfirmed.avsc',
    ],
    [
      'the namespace of its topic',
      CONFIRMED,
      (schema) => ({ ...schema, namespace: 'elsewhere' }),
      'not orderstream.orders',
    ],
    [
      'metadata first',
      CONFIRMED,
      (schema) => ({ ...schema, fields: schema.fields.toReversed() }),
      'the first field is not metadata',
    ],
    [
      'docs in shared records',
      'metadata/EventMetadata.avsc',
      (schema) => ({ ...schema, doc: '' }),
      'EventMetadata has no doc',
    ],
    [
      'a default for what is optional',
      CONFIRMED,
      (schema) => ({
        ...schema,
        fields: schema.fields.map(({ default: _, ...field }) => field),
      }),
      'OrderConfirmed.reason is optional, so it needs "default": null',
    ],
    [
      'known types',
      CONFIRMED,
      (schema) => ({ ...schema, fields: [...schema.fields, { ...priority, type: 'money' }] }),
      'undefined type name',
    ],
    [
      'money in minor units',
      'orders/OrderCreated.avsc',
      (schema) => ({ ...schema, fields: [...schema.fields, { ...priority, type: ['null', 'double'] }] }),
      'OrderCreated.priority is a double: money is a long in minor units',
    ],
    [
      'a price in minor units, even without a currency',
      RECEIVED,
      (schema) => ({
        ...schema,
        fields: [
          ...schema.fields,
          { ...priority, name: 'shippingCosts', type: { type: 'array', items: 'double' } },
        ],
      }),
      'StockReceived.shippingCosts is a double: money is a long in minor units',
    ],
    [
      'numbers that come back as written',
      CONFIRMED,
      (schema) => ({ ...schema, fields: [...schema.fields, { ...priority, type: ['null', 'float'] }] }),
      'OrderConfirmed.priority is a float, which rounds what it stores: make it a double',
    ],
  ])('needs %s', (_what, path, change, problem) => {
    edit(path, change);
    expect(problems()).toContain(problem);
    expect(generate(places).problems.join('\n')).toContain(problem);
  });
});
