const KEY_BYTES = 16;

/** Also where the page came over plain http, which `crypto.randomUUID` is not for. */
function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Headers of a command, which then takes effect once, however often its request is sent. */
export const commandHeaders = () => ({ 'Idempotency-Key': newKey() });

/** The same for a change of what a person has seen: it is refused if somebody has changed it since. */
export const changeHeaders = (version: number) => ({ ...commandHeaders(), 'If-Match': `"${version}"` });
