import { isUuid, parsePosition, type Position } from '#libs/kernel';

/** What a search text may stand for. */
export interface SearchTerms {
  /** The text itself: a name, or the beginning of one. */
  readonly text: string;
  /** The ids that it is, or begins; both ends are included. */
  readonly ids?: { readonly from: string; readonly to: string };
  readonly position?: Position;
}

/** Shorter beginnings of ids stand for all ids of a minute and more. */
const LEAST_DIGITS = 8;
const DIGITS = 32;

export function searchTermsOf(given: string): SearchTerms {
  const text = given.trim();
  const position = parsePosition(text);
  const ids = idsOf(text);
  return { text, ...(ids && { ids }), ...(position && { position }) };
}

function idsOf(text: string): SearchTerms['ids'] {
  if (isUuid(text)) return { from: text.toLowerCase(), to: text.toLowerCase() };
  const digits = text.toLowerCase().replaceAll('-', '');
  if (!/^[0-9a-f-]+$/i.test(text) || digits.length < LEAST_DIGITS || digits.length >= DIGITS)
    return undefined;
  // With dashes, they must be where ids have them.
  if (text.includes('-') && !uuidOf(digits.padEnd(DIGITS, '0')).startsWith(text.toLowerCase()))
    return undefined;
  return { from: uuidOf(digits.padEnd(DIGITS, '0')), to: uuidOf(digits.padEnd(DIGITS, 'f')) };
}

const uuidOf = (digits: string): string =>
  digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
