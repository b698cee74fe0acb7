import { z } from 'zod';

/** A JSON Schema (2020-12), as OpenAPI 3.1 takes it. */
export type OpenApiSchema = Record<string, unknown>;

/** Requests are read by us, answers by clients: what each side promises differs. */
export type Direction = 'input' | 'output';

export interface DescribedSchema {
  readonly schema: OpenApiSchema;
  /** The named schemas, by name. */
  readonly components: Record<string, OpenApiSchema>;
}

const INT32 = 2 ** 31 - 1;

/**
 * Describes zod schemas to clients. Requests are closed: an unknown field is an error. Answers are open: a client made
 * from today's description must go on reading when a field, or a value of an enum, is added.
 */
export class JsonSchemas {
  readonly #known = new Map<string, string>();

  describe(schema: z.ZodType, direction: Direction): DescribedSchema {
    const {
      $defs = {},
      $schema: _,
      ...json
    } = z.toJSONSchema(schema, {
      target: 'draft-2020-12',
      io: direction,
      override: ({ jsonSchema }) => adapt(jsonSchema as OpenApiSchema, direction),
    }) as OpenApiSchema & { $defs?: Record<string, OpenApiSchema> };
    if (direction === 'input') [json, $defs].forEach(nameDefaults);
    for (const [name, component] of Object.entries($defs)) this.#check(name, component);
    return { schema: json, components: $defs };
  }

  /** One name for two schemas would quietly describe one of them wrongly. */
  #check(name: string, component: OpenApiSchema): void {
    const text = JSON.stringify(component);
    const other = this.#known.get(name);
    if (other !== undefined && other !== text) throw new Error(`two different schemas are called ${name}`);
    this.#known.set(name, text);
  }
}

function adapt(schema: OpenApiSchema, direction: Direction): void {
  delete schema['id'];
  if (schema['type'] === 'integer') describeInteger(schema, direction);
  if (schema['type'] === 'number') schema['format'] ??= 'double';
  if (direction === 'output') openUp(schema);
}

/** Keywords whose values are data, not schemas. */
const DATA = new Set(['example', 'enum', 'x-extensible-enum', 'default']);

function nameDefaults(node: unknown): void {
  if (typeof node !== 'object' || node === null) return;
  const { properties } = node as OpenApiSchema;
  if (typeof properties === 'object')
    Object.values(properties as Record<string, OpenApiSchema>).forEach(nameDefault);
  for (const [key, child] of Object.entries(node)) if (!DATA.has(key)) nameDefaults(child);
}

/** Generators take a field with a default for one that is always there, and would ask for all of them. */
function nameDefault(property: OpenApiSchema): void {
  const { default: value, description } = property;
  delete property['default'];
  if (value == null) return;
  const text = `Default: \`${typeof value === 'string' ? value : JSON.stringify(value)}\`.`;
  property['description'] = description === undefined ? text : `${description as string} ${text}`;
}

/** Generators take a plain `integer` for 32 bits. */
function describeInteger(schema: OpenApiSchema, direction: Direction): void {
  const minimum = (schema['minimum'] as number | undefined) ?? -Infinity;
  const maximum = (schema['maximum'] as number | undefined) ?? Infinity;
  schema['format'] ??= minimum >= -INT32 && maximum <= INT32 ? 'int32' : 'int64';
  // The bounds of safe integers are a rule for what we are sent; in an answer they say nothing.
  if (direction === 'input') return;
  if (minimum === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (maximum === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
}

function openUp(schema: OpenApiSchema): void {
  if (schema['additionalProperties'] === false) delete schema['additionalProperties'];
  // The format says it; a pattern would tie clients to the versions of UUID that we make today.
  if (schema['format'] === 'uuid') delete schema['pattern'];
  const values = schema['enum'];
  if (Array.isArray(values) && values.length > 1) {
    delete schema['enum'];
    schema['x-extensible-enum'] = values;
  }
}
