/** Limit on a filter's canonical JSON. */
export const MAX_FILTER_BYTES = 16_384;

/** Limit on the names and values of the extra headers; receivers seldom accept more. */
export const MAX_HEADERS_BYTES = 8_192;

/** Limit on the filters and event types of all rules of a subscription, as JSON; see `withRule`. */
export const MAX_RULES_BYTES = 65_536;

/** Returns a value's size as JSON. Dispatchers and writers keep about that much in memory, several times it as objects. */
export const jsonBytes = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));
