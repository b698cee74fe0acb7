import { z } from 'zod';
import { JsonSchemas } from './json-schemas.js';

const described = (schema: z.ZodType, direction: 'input' | 'output') =>
  new JsonSchemas().describe(schema, direction).schema;

describe('the description of a schema', () => {
  it('is closed for requests and open for answers, at every depth', () => {
    const schema = z.strictObject({ list: z.array(z.strictObject({ text: z.string() })) });
    expect(JSON.stringify(described(schema, 'input')).match(/"additionalProperties":false/g)).toHaveLength(2);
    expect(JSON.stringify(described(schema, 'output'))).not.toContain('additionalProperties');
    expect(described(z.record(z.string(), z.string()), 'output')).toMatchObject({
      additionalProperties: { type: 'string' },
    });
  });

  it('says how large an integer can be', () => {
    expect(described(z.int(), 'output')).toEqual({ type: 'integer', format: 'int64' });
    expect(described(z.int().min(1), 'input')).toEqual({
      type: 'integer',
      format: 'int64',
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
    });
    expect(described(z.int().min(0).max(500), 'input')).toMatchObject({ format: 'int32' });
    expect(described(z.number(), 'output')).toEqual({ type: 'number', format: 'double' });
  });

  it('lists the values of today for requests, and lets more come in answers', () => {
    const schema = z.enum(['a', 'b']);
    expect(described(schema, 'input')).toEqual({ type: 'string', enum: ['a', 'b'] });
    expect(described(schema, 'output')).toEqual({ type: 'string', 'x-extensible-enum': ['a', 'b'] });
  });

  it('names defaults in words, since generators ask for fields that have one', () => {
    const schema = z.strictObject({ by: z.enum(['hour', 'day']).default('day').describe('A period.') });
    expect(described(schema, 'input')).toMatchObject({
      properties: { by: { type: 'string', enum: ['hour', 'day'], description: 'A period. Default: `day`.' } },
    });
    expect(JSON.stringify(described(schema, 'input'))).not.toContain('"default"');
  });

  it('does not describe two schemas by one name', () => {
    const schemas = new JsonSchemas();
    const shared = z.strictObject({ text: z.string() }).meta({ id: 'SharedByBoth' });
    expect(schemas.describe(shared, 'input')).toMatchObject({ schema: { $ref: '#/$defs/SharedByBoth' } });
    schemas.describe(z.array(shared), 'input');
    expect(() => schemas.describe(shared, 'output')).toThrow('SharedByBoth');
  });
});
