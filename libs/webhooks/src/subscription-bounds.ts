/** What a filter may take: its canonical JSON, in bytes. */
export const MAX_FILTER_BYTES = 16_384;

/** What the fixed extra headers may take, names and values: receivers seldom take more. */
export const MAX_HEADERS_BYTES = 8_192;

/** What the filters and event types of all rules of a subscription may take, as JSON: see `withRule`. */
export const MAX_RULES_BYTES = 65_536;

/** Bytes of a value as JSON. Dispatchers and writers hold about so much of it in memory, and some times that as objects. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
