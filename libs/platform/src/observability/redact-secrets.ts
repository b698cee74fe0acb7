/**
 * An address from behind its scheme on. Each is matched whole, and looked into by itself: a pattern that looked for all
 * of it at once would begin anew at every colon of a long text that somebody else has written.
 */
const ADDRESS = /:\/\/[^\s"'<>]+/g;

/** Without user name and password, also where the password has an `@` in it, and without the query: tokens travel there. */
const redactAddress = (address: string): string =>
  address.replace(/\?[^#]+/g, '?[redacted]').replace(/:\/\/[^/?#]*@/g, '://[redacted]@');

/** What looks like a secret inside a text, and what stands in its place. */
const SECRET_TEXTS: readonly (readonly [RegExp, string])[] = [
  [/(\bauthorization\b["']?\s*[:=]\s*["']?)[^\r\n"',}]+/gi, '$1[redacted]'],
  [/(\b(?:set-)?cookie\b["']?\s*[:=]\s*["']?)[^\r\n"'}]+/gi, '$1[redacted]'],
  [/(\bBearer\s+)[\x21-\x7e]+/gi, '$1[redacted]'],
  [/(\b(?:password|passwd|secret|token|api[_-]?key)=)[^\s&;,"']+/gi, '$1[redacted]'],
  [/\bos_[\w-]{43}/g, '[redacted]'],
  [/\bwhsec_[\w+/=-]+/g, '[redacted]'],
];

/** Most texts have nothing of the kind: this tells so quickly. */
const MAY_HAVE_SECRETS = /:\/\/|=|authorization|cookie|bearer|os_|whsec_/i;

/** Longer ones are cut: whoever made the text may have put anything into it. */
const MAX_LENGTH = 20_000;

/** A text without the passwords, tokens and keys that libraries put into the texts of their errors. */
export function redactSecrets(text: string): string {
  const bounded = text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH)}…` : text;
  if (!MAY_HAVE_SECRETS.test(bounded)) return bounded;
  return SECRET_TEXTS.reduce(
    (left, [pattern, instead]) => left.replace(pattern, instead),
    bounded.replace(ADDRESS, redactAddress),
  );
}
