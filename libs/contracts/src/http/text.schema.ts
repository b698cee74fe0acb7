import { z } from 'zod';

/** NUL, which Postgres cannot store, and halves of characters, which UTF-8 cannot write. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;

/** Text that every part of the system can keep as it is. All text that clients send is checked by it. */
export const storableText = (minLength: number, maxLength: number) =>
  z
    .string()
    .min(minLength)
    .max(maxLength)
    .refine((text) => !UNSTORABLE.test(text), 'must not contain NUL characters or lone surrogates');
