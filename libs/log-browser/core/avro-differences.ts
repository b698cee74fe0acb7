import type { AvroSchema } from '#libs/contracts';
import { canonicalJson } from '#libs/kernel';

/** One difference between two versions of a schema. */
export interface AvroDifference {
  readonly kind: 'added' | 'removed' | 'changed';
  /**
   * Names of fields from the record down: `[]` is inside an array, `{}` inside a map, and what follows the last field is an
   * attribute, such as `doc`.
   */
  readonly path: readonly string[];
  readonly before?: unknown;
  readonly after?: unknown;
}

type Attributes = Readonly<Record<string, unknown>>;
interface Field extends Attributes {
  readonly name: string;
  readonly type: AvroSchema;
}

const isObject = (schema: unknown): schema is Attributes =>
  typeof schema === 'object' && schema !== null && !Array.isArray(schema);

/** Fields are told apart by their names, so that one that moves, or comes in between, is one difference at most. */
export function avroDifferences(
  before: AvroSchema,
  after: AvroSchema,
  path: readonly string[] = [],
): AvroDifference[] {
  if (canonicalJson(before) === canonicalJson(after)) return [];
  const [old, young] = [innerOf(before), innerOf(after)];
  if (!old || !young || old.rest !== young.rest) return [{ kind: 'changed', path, before, after }];
  return compound(old.schema, young.schema, path);
}

interface Inner {
  readonly schema: Attributes;
  /** The other branches of a union, in canonical spelling. */
  readonly rest: string;
}

/** The schema itself, or the one of a union that has parts: a field that may be null is compared inside. */
function innerOf(schema: AvroSchema): Inner | undefined {
  const branches: readonly unknown[] = Array.isArray(schema) ? schema : [schema];
  const [only, ...others] = branches.filter(isObject);
  if (!only || others.length > 0) return undefined;
  return { schema: only, rest: canonicalJson(branches.map((each) => (each === only ? 0 : each))) };
}

/** Differences of all attributes, with those that hold schemas compared inside. */
function compound(before: Attributes, after: Attributes, path: readonly string[]): AvroDifference[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
  return names.flatMap((name): AvroDifference[] => {
    const [old, young] = [before[name], after[name]];
    if (canonicalJson(old) === canonicalJson(young)) return [];
    if (old === undefined) return [{ kind: 'added', path: [...path, name], after: young }];
    if (young === undefined) return [{ kind: 'removed', path: [...path, name], before: old }];
    if (name === 'fields') return fields(old as readonly Field[], young as readonly Field[], path);
    if (name === 'items') return avroDifferences(old as AvroSchema, young as AvroSchema, [...path, '[]']);
    if (name === 'values') return avroDifferences(old as AvroSchema, young as AvroSchema, [...path, '{}']);
    if (name === 'type' && (typeof old !== 'string' || typeof young !== 'string'))
      return avroDifferences(old as AvroSchema, young as AvroSchema, path);
    return [{ kind: 'changed', path: [...path, name], before: old, after: young }];
  });
}

function fields(
  before: readonly Field[],
  after: readonly Field[],
  path: readonly string[],
): AvroDifference[] {
  const young = new Map(after.map((field) => [field.name, field]));
  const old = new Set(before.map(({ name }) => name));
  return [
    ...before.flatMap((field): AvroDifference[] => {
      const now = young.get(field.name);
      const at = [...path, field.name];
      return now ? compound(field, now, at) : [{ kind: 'removed', path: at, before: field }];
    }),
    ...after
      .filter(({ name }) => !old.has(name))
      .map((field): AvroDifference => ({ kind: 'added', path: [...path, field.name], after: field })),
  ];
}
