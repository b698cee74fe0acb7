/** Headers of a command, which then takes effect once, however often its request is sent. */
export const commandHeaders = () => ({ 'Idempotency-Key': crypto.randomUUID() });

/** The same for a change of what a person has seen: it is refused if somebody has changed it since. */
export const changeHeaders = (version: number) => ({ ...commandHeaders(), 'If-Match': `"${version}"` });
