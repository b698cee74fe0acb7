import type { ExpectedVersion } from '#libs/event-store/core';

/** RFC 9110, section 8.8.3. Bytes past ASCII reach us as Latin-1. */
const ENTITY_TAG = /^(?<weak>W\/)?"(?<opaque>[\x21\x23-\x7e\x80-\xff]*)"$/;
const VERSION = /^[1-9]\d{0,14}$/;
/** Splits at commas outside quotes. */
const ELEMENTS = /(?:[^",]|"[^"]*"?)+/g;

export const IF_MATCH_PATTERN = '^(?:\\*|(?:W/)?"[!#-~]*"(?: *, *(?:W/)?"[!#-~]*")*)$';

/**
 * Parses `If-Match` (RFC 9110, section 13.1.1); `undefined` if malformed. Comparison is strong: weak tags, and tags that
 * are not versions, match nothing.
 */
export function parseIfMatch(value: string): ExpectedVersion | undefined {
  if (value.trim() === '*') return 'any';
  const elements = (value.match(ELEMENTS) ?? []).map((text) => text.trim()).filter((text) => text !== '');
  const tags = elements.map((text) => ENTITY_TAG.exec(text)?.groups);
  if (tags.length === 0 || tags.includes(undefined)) return undefined;
  const versions = tags.flatMap((tag) =>
    tag?.['weak'] === undefined && VERSION.test(tag?.['opaque'] ?? '') ? [Number(tag?.['opaque'])] : [],
  );
  const [only] = versions;
  return versions.length === 1 && only !== undefined ? only : versions;
}
