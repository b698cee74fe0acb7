import type { EventType } from '../subscription';

/** Event types of one kind of thing, and the pattern that stands for all of them. */
export interface EventTypeGroup {
  readonly pattern: string;
  readonly types: readonly EventType[];
}

const prefixOf = (eventType: string): string => eventType.slice(0, eventType.lastIndexOf('.'));

/** The types that have the text in name or description, by what they are about. */
export function groupsOf(types: readonly EventType[], sought: string): EventTypeGroup[] {
  const text = sought.trim().toLowerCase();
  const groups = new Map<string, EventType[]>();
  for (const type of types) {
    if (!`${type.eventType} ${type.description}`.toLowerCase().includes(text)) continue;
    const prefix = prefixOf(type.eventType);
    groups.set(prefix, [...(groups.get(prefix) ?? []), type]);
  }
  return [...groups].map(([prefix, types]) => ({ pattern: `${prefix}.*`, types }));
}

/** Not part of `*`: they must be named. */
const APART = /^(?:webhook|process)[.-]/;

/** The chosen pattern that includes this type or pattern already. */
export const coveredBy = (name: string, chosen: readonly string[]): string | undefined =>
  chosen.find((pattern) => {
    if (pattern === name) return false;
    if (pattern === '*') return !APART.test(name);
    return pattern.endsWith('.*') && name.startsWith(pattern.slice(0, -1));
  });
