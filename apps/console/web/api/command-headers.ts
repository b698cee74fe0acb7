/**
 * Headers of a command: a repeat of the same request takes effect once.
 * @param version of the resource that the person saw; the command is refused if it has changed since
 */
export const commandHeaders = (version?: number): { 'Idempotency-Key': string; 'If-Match'?: string } => ({
  'Idempotency-Key': randomKey(),
  ...(version !== undefined && { 'If-Match': `"${version}"` }),
});

/** `crypto.randomUUID` is missing where the page came by plain HTTP from another machine. */
const randomKey = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
    '',
  );
