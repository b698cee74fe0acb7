import { redactSecrets } from '../observability/redact-secrets.js';

const MAX_SHOWN = 80;
const MAX_MEMBERS = 5;
const MAX_DEPTH = 3;

/** Fields whose values an answer must not repeat: answers end up in the logs of clients and proxies. */
const SECRET_NAME = /secret|password|^token$|accessToken|authorization|cookie|api-?key|^headers$/i;

/**
 * A value as an error repeats it: JSON on one line, at most about 80 characters, without secrets. Takes bounded time,
 * however large the value is.
 * @param path to the value: below a field that holds secrets nothing is shown
 */
export function receivedValue(value: unknown, path: readonly PropertyKey[] = []): string | undefined {
  if (value === undefined || path.some((segment) => isSecretName(String(segment)))) return undefined;
  const text = redactSecrets(preview(value, MAX_DEPTH));
  return escapeControls(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text);
}

/** The value at a path inside a request; `undefined` where there is none. */
export function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const segment of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, segment)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[segment];
  }
  return value;
}

const isSecretName = (name: string): boolean => SECRET_NAME.test(name);

function preview(value: unknown, depth: number): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, MAX_SHOWN + 1));
  if (typeof value !== 'object' || value === null) return String(value);
  if (depth === 0) return '…';
  if (Array.isArray(value)) {
    const shown = value.slice(0, MAX_MEMBERS).map((item) => preview(item, depth - 1));
    return `[${[...shown, ...(value.length > MAX_MEMBERS ? ['…'] : [])].join(',')}]`;
  }
  return `{${membersOf(value, depth).join(',')}}`;
}

function membersOf(value: object, depth: number): string[] {
  const shown: string[] = [];
  for (const name in value) {
    if (!Object.hasOwn(value, name)) continue;
    if (shown.length === MAX_MEMBERS) return [...shown, '…'];
    const member = (value as Record<string, unknown>)[name];
    const text = isSecretName(name) ? '"[redacted]"' : preview(member, depth - 1);
    shown.push(`${JSON.stringify(name.slice(0, MAX_SHOWN))}:${text}`);
  }
  return shown;
}

/** Characters that JSON leaves as they are, though they break lines, turn the direction of text or are half of one. */
const escapeControls = (text: string): string =>
  text.replaceAll(
    /[\u007f-\u009f\p{Cf}\p{Cs}\u2028\u2029]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
