/** A field that differs between two JSON documents. A side that lacks the field has no value. */
export interface JsonDifference {
  /** JSON pointer (RFC 6901). */
  readonly pointer: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const stepTo = (name: string): string => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/**
 * The fields in which two JSON documents differ, in the order of the first, then of the second. Objects, and arrays of one
 * length, are compared member by member; an array that has grown is compared as far as both go, and its new items follow.
 */
export function jsonDifferences(before: unknown, after: unknown, pointer = ''): JsonDifference[] {
  if (Object.is(before, after)) return [];
  if (Array.isArray(before) && Array.isArray(after)) {
    const length = Math.max(before.length, after.length);
    return Array.from({ length }, (_, index) =>
      memberDifferences(before, after, String(index), pointer),
    ).flat();
  }
  if (isObject(before) && isObject(after)) {
    const names = new Set([...Object.keys(before), ...Object.keys(after)]);
    return [...names].flatMap((name) => memberDifferences(before, after, name, pointer));
  }
  return [{ pointer, before, after }];
}

function memberDifferences(before: object, after: object, name: string, pointer: string): JsonDifference[] {
  const [old, young] = [before, after] as readonly Readonly<Record<string, unknown>>[];
  const at = pointer + stepTo(name);
  if (!Object.hasOwn(before, name)) return [{ pointer: at, after: young?.[name] }];
  if (!Object.hasOwn(after, name)) return [{ pointer: at, before: old?.[name] }];
  return jsonDifferences(old?.[name], young?.[name], at);
}
