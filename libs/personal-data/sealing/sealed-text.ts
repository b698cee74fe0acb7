import { canonicalJson } from '#libs/kernel';

/**
 * How a sealed personal text looks in events, tables and snapshots: `sealed.<data key>.<ciphertext>`. Equal texts of one
 * customer look equal, so it is also a token to join by. A map, such as an address, is sealed as a whole:
 * `{ "sealed": "sealed.…" }`.
 */
const PREFIX = 'sealed.';
const KEY_ID = '[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}';
const SEALED = `sealed\\.(${KEY_ID})\\.(v1\\.[\\w-]{38,})`;

/** The only entry of a sealed map. */
const MAP_ENTRY = 'sealed';

/** Stands in for a text whose key is destroyed, which thus stays a text. A map is empty then. */
export const FORGOTTEN_TEXT = '(forgotten)';

/** What is sealed says what it was, so that nothing else is ever put where a map belongs. */
const TEXT = 't';
const MAP = 'm';

type Labels = Readonly<Record<string, string>>;
export type PersonalValue = string | Labels | null;

export type Seal = (text: string) => string;

export interface SealedWith {
  readonly keyId: string;
  readonly seal: Seal;
}

export function sealValue(value: PersonalValue, { keyId, seal }: SealedWith): PersonalValue {
  const token = (text: string): string => `${PREFIX}${keyId}.${seal(text)}`;
  if (typeof value === 'string') return token(TEXT + value);
  if (value === null || Object.keys(value).length === 0) return value;
  // Canonical: the order of lines means nothing, and equal addresses must look equal.
  return { [MAP_ENTRY]: token(MAP + canonicalJson(value)) };
}

const ANY_SEALED = new RegExp(SEALED, 'g');

/** The data keys of what is sealed in a text. */
export function keyIdsIn(text: string): ReadonlySet<string> {
  if (!text.includes(PREFIX)) return NONE;
  return new Set(Array.from(text.matchAll(ANY_SEALED), ([, keyId = '']) => keyId));
}

const NONE: ReadonlySet<string> = new Set();

/** Whether a text is still sealed, because its key was lost or this reader may not open it. */
export const isSealed = (text: string): boolean => keyIdsIn(text).size > 0;

/** The key of a text was destroyed. */
export const FORGOTTEN = Symbol('forgotten');

/** Opens one ciphertext. `undefined` leaves it as it is: it is not one of ours, or not for this reader. */
export type OpenSealed = (keyId: string, ciphertext: string) => string | typeof FORGOTTEN | undefined;

/**
 * A quote in JSON, in JSON that is a text of other JSON, and so on: each level doubles the backslashes and adds one. No more
 * than this many, so that a text of backslashes costs nothing.
 */
const BACKSLASHES = '(\\\\{0,7})';
const IN_JSON = new RegExp(
  `\\{${BACKSLASHES}"${MAP_ENTRY}\\1":\\s*\\1"${SEALED}\\1"\\}|${BACKSLASHES}"${SEALED}\\4"|${SEALED}`,
  'g',
);

/** JSON in which everything sealed is open: texts become texts, and maps become maps. Does not look into what it has opened. */
export function openInJson(json: string, open: OpenSealed): string {
  if (!json.includes(PREFIX)) return json;
  return json.replace(
    IN_JSON,
    (
      whole: string,
      mapQuote: string | undefined,
      mapKey: string,
      mapText: string,
      quote: string | undefined,
      key: string,
      text: string,
      bareKey: string,
      bareText: string,
    ) => {
      if (mapQuote !== undefined) return openedMap(whole, open(mapKey, mapText), mapQuote);
      if (quote === undefined) return openedText(whole, open(bareKey, bareText), '');
      return `${quote}"${openedText(whole.slice(quote.length + 1, -quote.length - 1), open(key, text), quote)}${quote}"`;
    },
  );
}

function openedMap(whole: string, opened: ReturnType<OpenSealed>, quote: string): string {
  if (opened === undefined) return whole;
  if (opened === FORGOTTEN) return '{}';
  return opened.startsWith(MAP) ? escaped(opened.slice(1), levelsOf(quote)) : whole;
}

function openedText(whole: string, opened: ReturnType<OpenSealed>, quote: string): string {
  if (opened === undefined) return whole;
  if (opened === FORGOTTEN) return FORGOTTEN_TEXT;
  return escaped(opened.slice(1), levelsOf(quote) + 1);
}

/** 0, 1, 3 and 7 backslashes before a quote mean 0, 1, 2 and 3 texts around it. */
const levelsOf = (backslashes: string): number => Math.round(Math.log2(backslashes.length + 1));

function escaped(text: string, levels: number): string {
  let inside = text;
  for (let level = 0; level < levels; level++) inside = JSON.stringify(inside).slice(1, -1);
  return inside;
}
