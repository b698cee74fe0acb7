import { z } from 'zod';
import { isBodyOptional } from '../http/validation.js';

/** A JSON Schema (2020-12), as OpenAPI 3.1 takes it. */
export type OpenApiSchema = Record<string, unknown>;

type Direction = 'input' | 'output';

interface DescribedSchema {
  readonly schema: OpenApiSchema;
  /** The named schemas, by name. */
  readonly components: Record<string, OpenApiSchema>;
}

const INT32 = 2 ** 31 - 1;

/**
 * Describes zod schemas to clients. Requests are closed: an unknown field is an error. Answers are open: a client generated
 * today must keep working when a field or an enum value is added.
 */
export class JsonSchemas {
  readonly #known = new Map<string, string>();
  readonly #optionalBodies = new Set<unknown>();

  /** Whether a request may come without the body of this name. */
  isOptional(name: string): boolean {
    return this.#optionalBodies.has(name);
  }

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
    if (direction === 'input' && isBodyOptional(schema)) this.#optionalBodies.add(schema.meta()?.id);
    for (const [name, component] of Object.entries($defs)) this.#check(name, component);
    return { schema: json, components: $defs };
  }

  /** Of two schemas with the same name, one would silently replace the other. */
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

/** Client generators treat a field with a default as required, so the default moves into the description. */
function nameDefault(property: OpenApiSchema): void {
  const { default: value, description } = property;
  delete property['default'];
  if (value == null) return;
  const text = `Default: \`${typeof value === 'string' ? value : JSON.stringify(value)}\`.`;
  property['description'] = description === undefined ? text : `${description as string} ${text}`;
}

/** Client generators read a plain `integer` as 32 bits. */
function describeInteger(schema: OpenApiSchema, direction: Direction): void {
  const minimum = (schema['minimum'] as number | undefined) ?? -Infinity;
  const maximum = (schema['maximum'] as number | undefined) ?? Infinity;
  schema['format'] ??= minimum >= -INT32 && maximum <= INT32 ? 'int32' : 'int64';
  // Safe-integer bounds constrain requests; in answers they are noise.
  if (direction === 'input') return;
  if (minimum === Number.MIN_SAFE_INTEGER) delete schema['minimum'];
  if (maximum === Number.MAX_SAFE_INTEGER) delete schema['maximum'];
}

function openUp(schema: OpenApiSchema): void {
  if (schema['additionalProperties'] === false) delete schema['additionalProperties'];
  // A pattern would tie clients to today's UUID versions; the format is enough.
  if (schema['format'] === 'uuid') delete schema['pattern'];
  const values = schema['enum'];
  if (Array.isArray(values) && values.length > 1) {
    delete schema['enum'];
    schema['x-extensible-enum'] = values;
  }
}
