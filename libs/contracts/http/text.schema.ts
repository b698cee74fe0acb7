import { z } from 'zod';

/** Postgres cannot store NUL, and UTF-8 cannot encode lone surrogates. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Whether every part of the system can store the text unchanged. */
export const isStorable = (text: string): boolean => !UNSTORABLE.test(text);

/** A pattern for the API description that matches exactly these texts. */
export const patternOfTexts = (texts: Iterable<string>): string =>
  `^(?:${[...texts].map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`;

/** Text that every part of the system can store unchanged. Checks all text from clients. */
export const storableText = (minLength: number, maxLength: number) =>
  z
    .string()
    .min(minLength)
    .max(maxLength)
    .refine(isStorable, 'must not contain NUL characters or lone surrogates')
    // JSON in UTF-8 cannot contain lone surrogates, so the pattern excludes only NUL.
    .meta({ pattern: '^[^\\x00]*$' });
