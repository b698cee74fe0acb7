import { z } from 'zod';

/** NUL, which Postgres cannot store, and halves of characters, which UTF-8 cannot write. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** A pattern, for the API's description, that exactly these texts match. */
export const patternOfTexts = (texts: Iterable<string>): string =>
  `^(?:${[...texts].map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')})$`;

/** Text that every part of the system can keep as it is. All text that clients send is checked by it. */
export const storableText = (minLength: number, maxLength: number) =>
  z
    .string()
    .min(minLength)
    .max(maxLength)
    .refine((text) => !UNSTORABLE.test(text), 'must not contain NUL characters or lone surrogates')
    // A lone surrogate cannot be written in UTF-8, so that NUL is all that there is to say.
    .meta({ pattern: '^[^\\x00]*$' });
