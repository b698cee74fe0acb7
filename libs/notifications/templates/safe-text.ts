/** Controls, line separators, lone surrogates, and marks that reverse the direction of the text around them. */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/gu;

const MAX_HEADER = 200;

/** Typed text as one line, so that it can begin no line of its own in a mail. */
export const oneLine = (text: string): string =>
  text.replaceAll(UNPRINTABLE, ' ').replaceAll(/\s+/gu, ' ').trim();

/** Text for a header, such as a name: one line of at most 200 characters. */
export const headerText = (text: string): string => Array.from(oneLine(text)).slice(0, MAX_HEADER).join('');

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

export const escapeHtml = (text: string): string =>
  text.replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
