import type { Subscription } from '../subscription';

/** A condition of a filter as a person types it: one value a text. */
export interface Condition {
  readonly field: string;
  readonly values: readonly string[];
}

type Filter = NonNullable<Subscription['filter']>;
type Value = string | number | boolean | null;

const isValue = (value: unknown): value is Value => value === null || typeof value !== 'object';

/** `12`, `true` and `null` are what they look like; text that looks like one of them stands in quotes. */
export function valueOf(text: string): Value {
  try {
    const value = JSON.parse(text) as unknown;
    return isValue(value) ? value : text;
  } catch {
    return text;
  }
}

/** The inverse of {@link valueOf}. */
export const textOf = (value: Value): string =>
  typeof value !== 'string' || valueOf(value) !== value ? JSON.stringify(value) : value;

export const conditionsOf = (filter: Subscription['filter']): Condition[] =>
  Object.entries(filter ?? {}).map(([field, condition]) => {
    const values = (Array.isArray(condition) ? condition : [condition]) as Value[];
    return { field, values: values.map(textOf) };
  });

/** As the API takes it; `null` without a condition. */
export function filterOf(conditions: readonly Condition[]): Filter | null {
  const given = conditions.filter(({ field, values }) => field.trim() !== '' && values.length > 0);
  if (given.length === 0) return null;
  const entries = given.map(({ field, values }) => {
    const [first, ...others] = values.map(valueOf);
    return [field.trim(), others.length === 0 ? first : [first, ...others]] as const;
  });
  return Object.fromEntries(entries);
}
