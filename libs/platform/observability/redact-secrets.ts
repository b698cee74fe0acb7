/**
 * An address after its scheme. Addresses are matched as a whole and redacted separately: a single pattern would restart at
 * every colon of a long, untrusted text.
 */
const ADDRESS = /:\/\/[^\s"'<>]+/g;

/** Redacts the user name and password, even a password with an `@`, and the query, which may contain tokens. */
const redactAddress = (address: string): string =>
  address.replace(/\?[^#]+/g, '?[redacted]').replace(/:\/\/[^/?#]*@/g, '://[redacted]@');

/** Patterns of secrets, and their replacements. */
const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/(\bauthorization\b["']?\s*[:=]\s*["']?)[^\r\n"',}]+/gi, '$1[redacted]'],
  [/(\b(?:set-)?cookie\b["']?\s*[:=]\s*["']?)[^\r\n"'}]+/gi, '$1[redacted]'],
  [/(\bBearer\s+)[\x21-\x7e]+/gi, '$1[redacted]'],
  [/(\b(?:password|passwd|secret|token|api[_-]?key)=)[^\s&;,"']+/gi, '$1[redacted]'],
  [/\bos_[\w-]{43}/g, '[redacted]'],
  // A signed token: its header is an object, which begins with these letters.
  [/\beyJ[\w-]*\.[\w-]+\.[\w-]*/g, '[redacted]'],
  [/\bwhsec_[\w+/=-]+/g, '[redacted]'],
];

/** A quick test, because most texts contain no secrets. */
const MAY_HAVE_SECRETS = /:\/\/|=|authorization|cookie|bearer|os_|whsec_|eyJ/i;

/** Longer texts are cut, because untrusted text has no bound. */
const MAX_LENGTH = 20_000;

/** Redacts passwords, tokens and keys, which libraries put into error messages. */
export function redactSecrets(text: string): string {
  const bounded = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  if (!MAY_HAVE_SECRETS.test(bounded)) return bounded;
  return SECRET_TEXTS.reduce(
    (left, [pattern, instead]) => left.replace(pattern, instead),
    bounded.replace(ADDRESS, redactAddress),
  );
}
