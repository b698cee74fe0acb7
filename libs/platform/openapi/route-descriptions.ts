/** Headers of answers, for the API's description. */

/** The version of a stream. */
export const ETAG_PATTERN = '^"\\d+"$';

export const etagHeader = {
  ETag: {
    description: 'The version, in quotes.',
    schema: { type: 'string' as const, pattern: ETAG_PATTERN },
  },
};

export const retryAfterHeader = {
  'Retry-After': {
    description: 'Seconds to wait before the next try.',
    schema: { type: 'integer' as const, format: 'int32', minimum: 0 },
  },
};

/** @param what is found there, such as "the order" */
export const locationHeader = (what: string, path: string) => ({
  Location: {
    description: `Where ${what} is.`,
    schema: { type: 'string' as const, pattern: `^${path.replaceAll('{id}', '[0-9a-f-]{36}')}$` },
  },
});
