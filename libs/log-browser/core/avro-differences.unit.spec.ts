import { EVENT_CONTRACTS, type RecordSchema } from '#libs/contracts';
import { avroDifferences } from './avro-differences.js';

const record = (...fields: RecordSchema['fields']): RecordSchema => ({ type: 'record', name: 'R', fields });
const text = { name: 'text', type: 'string' };

describe('differences of schemas', () => {
  it.each(EVENT_CONTRACTS)('are none of $subject to itself', ({ schema }) => {
    expect(avroDifferences(schema, structuredClone(schema))).toEqual([]);
  });

  it('are fields that came and went, wherever they stand', () => {
    const [first, second] = [
      { name: 'a', type: 'int' },
      { name: 'b', type: 'long' },
    ];
    expect(avroDifferences(record(text, first), record(second, text))).toEqual([
      { kind: 'removed', path: ['a'], before: first },
      { kind: 'added', path: ['b'], after: second },
    ]);
    expect(avroDifferences(record(text, first), record(first, text))).toEqual([]);
  });

  it('are found inside of records that may be null, of arrays and of maps', () => {
    const inside = (schema: RecordSchema) =>
      record(
        { name: 'maybe', type: ['null', schema] },
        { name: 'list', type: { type: 'array', items: schema } },
        { name: 'map', type: { type: 'map', values: schema } },
      );
    const changed = record({ ...text, doc: 'a text' });
    expect(avroDifferences(inside(record(text)), inside(changed))).toEqual(
      [['maybe'], ['list', '[]'], ['map', '{}']].map((path) => ({
        kind: 'added',
        path: [...path, 'text', 'doc'],
        after: 'a text',
      })),
    );
  });

  it('are types that are others', () => {
    expect(avroDifferences(record(text), record({ ...text, type: ['null', 'string'] }))).toEqual([
      { kind: 'changed', path: ['text'], before: 'string', after: ['null', 'string'] },
    ]);
    expect(avroDifferences(record(text), record({ ...text, type: 'bytes' }))).toEqual([
      { kind: 'changed', path: ['text', 'type'], before: 'string', after: 'bytes' },
    ]);
  });
});
