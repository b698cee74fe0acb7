import type { Stream } from '#libs/kernel';
import type { RememberedCommand, StreamRecord } from './stream-record.js';

/** How an older value differs from its next newer version. */
type Older =
  | { readonly whole: unknown }
  /** A list: runs of items from the newer list, mixed with items that it lacks. */
  | { readonly items: readonly (Run | { readonly whole: unknown })[] }
  | {
      readonly parts: Readonly<Record<string, Older>>;
      /** Members of the newer object that the older one lacks. */
      readonly unset: readonly string[];
    };

type Run = readonly [place: number, count: number];

interface StoredCommand {
  readonly id: string;
  readonly hash: string | null;
  readonly firstVersion: number;
  readonly offset: number;
  readonly version: number;
  readonly updatedAt: string;
  readonly older: Older;
}

interface StoredRecord {
  readonly stream: Stream<unknown>;
  readonly lastOffset: number;
  /** Newest first. */
  readonly commands: readonly StoredCommand[];
}

/**
 * Serializes a record. Its up to a thousand remembered states differ little, so each is stored as its difference from the
 * next newer one, and a large state is stored once. The order of object members is not preserved.
 */
export function recordToJson<State>({ stream, lastOffset, commands }: StreamRecord<State>): string {
  let newer: unknown = stream.state;
  const stored = [...commands].toReversed().map<StoredCommand>((command) => {
    const { version, updatedAt, state } = command.stream;
    const older = difference(newer, state);
    newer = state;
    const { commandId: id, requestHash: hash, firstVersion, offset } = command;
    return { id, hash, firstVersion, offset, version, updatedAt, older };
  });
  return JSON.stringify({ stream, lastOffset, commands: stored } satisfies StoredRecord);
}

/** The inverse of {@link recordToJson}, for states that survive JSON. */
export function recordFromJson<State>(text: string): StreamRecord<State> {
  const { stream, lastOffset, commands } = JSON.parse(text) as StoredRecord;
  let newer = stream.state;
  const remembered = commands.map<RememberedCommand<State>>(
    ({ id, hash, firstVersion, offset, version, updatedAt, older }) => {
      newer = restore(newer, older);
      const { tenant, createdAt } = stream;
      const then = { tenant, version, createdAt, updatedAt, state: newer as State };
      return { commandId: id, requestHash: hash, firstVersion, offset, stream: then };
    },
  );
  return { stream: stream as Stream<State>, lastOffset, commands: remembered.toReversed() };
}

/** Compares by reference: both versions share the objects that a step left unchanged. */
function difference(newer: unknown, older: unknown): Older {
  if (Array.isArray(newer) && Array.isArray(older)) return listDifference(newer, older);
  if (!isPlain(newer) || !isPlain(older)) return { whole: older };
  const parts = new Map<string, Older>();
  for (const [name, value] of Object.entries(older)) {
    if (!Object.hasOwn(newer, name)) parts.set(name, { whole: value });
    else if (newer[name] !== value) parts.set(name, difference(newer[name], value));
  }
  const unset = Object.keys(newer).filter((name) => !Object.hasOwn(older, name));
  // Assignment would break on a member called `__proto__`.
  return { parts: Object.fromEntries(parts), unset };
}

function listDifference(newer: readonly unknown[], older: readonly unknown[]): Older {
  const places = new Map(newer.map((item, place) => [item, place]));
  const items: (Run | { readonly whole: unknown })[] = [];
  for (const item of older) {
    const place = typeof item === 'object' && item !== null ? places.get(item) : undefined;
    const last = items.at(-1);
    if (place === undefined) items.push({ whole: item });
    else if (last && isRun(last) && last[0] + last[1] === place)
      items[items.length - 1] = [last[0], last[1] + 1];
    else items.push([place, 1]);
  }
  return items.some(isRun) ? { items } : { whole: older };
}

function restore(newer: unknown, older: Older): unknown {
  if ('whole' in older) return older.whole;
  if ('items' in older) {
    const list = newer as readonly unknown[];
    return older.items.flatMap((each) =>
      isRun(each) ? list.slice(each[0], each[0] + each[1]) : [each.whole],
    );
  }
  const kept = new Map(Object.entries(newer as Record<string, unknown>));
  for (const [name, part] of Object.entries(older.parts)) kept.set(name, restore(kept.get(name), part));
  for (const name of older.unset) kept.delete(name);
  return Object.fromEntries(kept);
}

const isRun = (item: Run | { readonly whole: unknown }): item is Run => Array.isArray(item);

const isPlain = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
