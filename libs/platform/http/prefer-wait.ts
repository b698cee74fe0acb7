import type { IncomingHttpHeaders } from 'node:http';

const DEFAULT_SECONDS = 2;

/** Proxies may give up on longer waits. */
const MAX_SECONDS = 30;

/** List elements. Commas inside quotes do not separate, and an open quote reaches to the end. */
const ELEMENTS = /(?:[^",]|"(?:[^"\\]|\\.)*(?:"|\\?$))+/g;

const WAIT = /^\s*wait\s*(?:[=;]|$)/i;
const WAIT_SECONDS = /^\s*wait\s*=\s*(?:(\d+)|"(\d+)")\s*(?:;|$)/i;

interface WaitPreference {
  readonly seconds: number;
  /** The value of `Preference-Applied`; `undefined` if the client has no preference. */
  readonly applied: string | undefined;
}

/**
 * How long the client is willing to wait, within bounds. Unknown and malformed preferences are ignored, and the first of
 * several with the same name counts (RFC 7240).
 */
export function preferredWait(headers: IncomingHttpHeaders): WaitPreference {
  const elements = String(headers['prefer'] ?? '').match(ELEMENTS) ?? [];
  const match = WAIT_SECONDS.exec(elements.find((element) => WAIT.test(element)) ?? '');
  if (!match) return { seconds: DEFAULT_SECONDS, applied: undefined };
  const seconds = Math.min(Number(match[1] ?? match[2]), MAX_SECONDS);
  return { seconds, applied: `wait=${seconds}` };
}

export const preferredWaitHeader = {
  name: 'Prefer',
  required: false,
  description:
    `\`wait=<seconds>\` (RFC 7240): how long to wait for the positions; ${DEFAULT_SECONDS} by default, ` +
    `${MAX_SECONDS} at most.`,
  // Unknown preferences are ignored, so every field value is valid.
  schema: { type: 'string', pattern: '^[\\t\\x20-\\x7e\\x80-\\xff]*$' },
  example: 'wait=5',
} as const;

export const preferenceAppliedHeader = {
  'Preference-Applied': {
    description: 'The wait that was granted, where positions were sent and a wait was preferred.',
    schema: { type: 'string' as const, pattern: '^wait=\\d{1,2}$' },
  },
};
