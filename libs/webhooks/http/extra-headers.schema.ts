import { z } from 'zod';
import { MAX_HEADERS_BYTES } from '../index.js';

const MAX_HEADERS = 20;
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}$/;
/** Printable ASCII; spaces at the ends would be lost on the way. */
const VALUE = /^(?:[\x21-\x7e](?:[\x20-\x7e]{0,998}[\x21-\x7e])?)?$/;

/** Headers that Orderstream or HTTP itself sets, and that a subscriber must be able to rely on. */
const RESERVED = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'expect',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'traceparent',
  'tracestate',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'user-agent',
  'x-event-type',
]);
const RESERVED_PREFIXES = ['webhook-', 'orderstream-', 'ce-'];

const isReserved = (name: string): boolean =>
  RESERVED.has(name) || RESERVED_PREFIXES.some((prefix) => name.startsWith(prefix));

/** Fixed headers of each delivery, by lower-case name; `null` for none. */
export const extraHeadersSchema = z
  .record(z.string(), z.string())
  .meta({
    propertyNames: { type: 'string', pattern: TOKEN.source },
    additionalProperties: { type: 'string', pattern: VALUE.source },
    maxProperties: MAX_HEADERS,
  })
  .nullable()
  .superRefine((headers, context) => {
    const names = Object.keys(headers ?? {});
    const refuse = (name: string, message: string): void =>
      context.addIssue({ code: 'custom', path: [name], message });
    if (names.length > MAX_HEADERS)
      context.addIssue({ code: 'custom', message: `must be at most ${MAX_HEADERS} headers` });
    const seen = new Set<string>();
    for (const [name, value] of Object.entries(headers ?? {})) {
      const lower = name.toLowerCase();
      if (!TOKEN.test(name)) refuse(name, 'must be a valid header name');
      else if (isReserved(lower)) refuse(name, 'this header is reserved');
      else if (seen.has(lower)) refuse(name, 'is given twice: header names ignore case');
      if (!VALUE.test(value)) refuse(name, 'must be up to 1000 printable ASCII characters');
      seen.add(lower);
    }
    const bytes = Object.entries(headers ?? {}).reduce(
      (sum, [name, value]) => sum + name.length + value.length,
      0,
    );
    if (bytes > MAX_HEADERS_BYTES)
      context.addIssue({
        code: 'custom',
        message: `names and values must be at most ${MAX_HEADERS_BYTES} characters together`,
      });
  })
  .transform((headers) => {
    const entries = Object.entries(headers ?? {}).map(
      ([name, value]) => [name.toLowerCase(), value] as const,
    );
    return entries.length === 0 ? null : Object.fromEntries(entries);
  })
  .describe(
    'Extra headers sent with each delivery, such as `authorization`. Values are stored encrypted; only names are shown.',
  );
