import type { RecordSchema } from './avro-schema.js';
import { fieldNamesOf } from './avro-types.js';

const line: RecordSchema = {
  type: 'record',
  name: 'Line',
  fields: [
    { name: 'sku', type: 'string' },
    { name: 'lineType', dataName: 'type', type: 'string' },
  ],
};
const schema: RecordSchema = {
  type: 'record',
  name: 'Sample',
  namespace: 'samples',
  fields: [
    { name: 'metadata', type: 'string' },
    { name: 'labels', dataName: 'metadata', type: { type: 'map', values: 'string' } },
    { name: 'lines', type: { type: 'array', items: line } },
    { name: 'main', type: ['null', 'Line'] },
    { name: 'byName', type: { type: 'map', values: 'Line' } },
  ],
};
const tea = { sku: 'tea', type: 'leaf' };
const avroTea = { sku: 'tea', lineType: 'leaf' };
const names = fieldNamesOf(schema);

describe('field names in Avro and in event data', () => {
  it('differ where the schema says so, at any depth', () => {
    const data = { metadata: { a: '1' }, lines: [tea, tea], main: tea, byName: { one: tea } };
    const avro = { labels: { a: '1' }, lines: [avroTea, avroTea], main: avroTea, byName: { one: avroTea } };
    expect(names.toAvro(data)).toEqual(avro);
    expect(names.toData({ metadata: 'of the event', ...avro })).toEqual(data);
  });

  it('leave null and mistyped values to the schema', () => {
    const odd = { metadata: 3, lines: 'none', main: null, byName: null };
    expect(names.toAvro(odd)).toEqual({ labels: 3, lines: 'none', main: null, byName: null });
  });

  it('exclude unknown fields', () => {
    expect(() => names.toAvro({ labels: {} })).toThrow('labels');
    expect(() => names.toAvro({ lines: [{ ...tea, lineType: 'leaf' }] })).toThrow('lineType');
  });
});
