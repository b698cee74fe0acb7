import { z } from 'zod';
import { emailSchema } from '#libs/contracts';

export const integer = (min: number, max: number) =>
  z
    .string()
    .regex(/^\d{1,15}$/, `must be a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `must be a whole number from ${min} to ${max}`);

/** Path of a file. */
export const file = z.string().min(1).max(4_096);

/** The longest wait of a timer: a year. */
export const MOST_MS = 31_536_000_000;

export const flag = z.enum(['true', 'false'], 'must be true or false').transform((value) => value === 'true');

export const url = (...protocols: string[]) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && protocols.includes(new URL(value).protocol),
      `must be a URL that starts with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`,
    );

export const brokers = z
  .string()
  .transform((value) => value.split(',').map((broker) => broker.trim()))
  .refine(
    (list) => list.every((broker) => /^[^\s:/]+:\d{1,5}$/.test(broker)),
    'must be host:port, several separated by commas',
  );

export const list = (isMember: (text: string) => boolean, message: string) =>
  z
    .string()
    .transform((value) => value.split(',').map((member) => member.trim()))
    .refine((members) => members.every(isMember), message);

/** As browsers send it: without a path, and without the port that its scheme has anyway. */
export const isOrigin = (text: string): boolean =>
  /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;

/** `undefined` for what is not JSON. */
export function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** 32 bytes in base64. */
export const isEncryptionKey = (text: string): boolean => /^[A-Za-z0-9+/]{43}=$/.test(text);

/** A name, which may be quoted, and an address in angle brackets; or the address alone. */
const MAILBOX = /^(?:"?(?<name>[^"<>]*?)"?\s*<(?<bracketed>[^<>]+)>|(?<bare>[^<>]+))$/;

export const mailbox = z.string().transform((text, context) => {
  const { name = '', bracketed, bare } = MAILBOX.exec(text.trim())?.groups ?? {};
  const address = (bracketed ?? bare ?? '').trim();
  if (!/\p{Cc}/u.test(name) && emailSchema.safeParse(address).success) return { name: name.trim(), address };
  context.addIssue('must be an e-mail address, or a name followed by one in angle brackets');
  return z.NEVER;
});
