/** The closed list of problem codes: every error answer has one of these. `docs/problems.md` is generated from it. */
export const PROBLEMS = {
  'invalid-request': {
    status: 400,
    title: 'The request is not valid',
    meaning: '`errors` names each wrong field, the forms it accepts and what was received.',
  },
  'malformed-request': {
    status: 400,
    title: 'The request cannot be read',
    meaning: 'The body is not JSON, or a header is malformed.',
  },
  unauthorized: {
    status: 401,
    title: 'An API key is needed',
    meaning: 'The header `Authorization: Bearer <API key>` is missing, or the key is unknown or revoked.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    meaning: 'The path does not exist, or the resource does not exist for your tenant.',
  },
  'order-not-found': {
    status: 404,
    title: 'Order not found',
    meaning: 'Your tenant has no order of this id.',
  },
  'stock-not-found': {
    status: 404,
    title: 'Stock item not found',
    meaning: 'Your tenant has no stock item of this sku.',
  },
  'subscription-not-found': {
    status: 404,
    title: 'Webhook subscription not found',
    meaning: 'Your tenant has no webhook subscription of this id.',
  },
  'subscription-already-exists': {
    status: 409,
    title: 'The webhook subscription already exists',
    meaning: 'A subscription is created once, and a deleted one cannot be recreated.',
  },
  'subscription-not-active': {
    status: 409,
    title: 'The webhook subscription is not active',
    meaning: 'The subscription is paused or disabled, so nothing is sent: resume it first.',
  },
  'subscription-active-already': {
    status: 409,
    title: 'The webhook subscription is already active',
    meaning: 'Only a paused or disabled subscription can be resumed.',
  },
  'subscription-limit-reached': {
    status: 409,
    title: 'Too many webhook subscriptions',
    meaning:
      'The limit for a tenant is set by WEBHOOK_MAX_SUBSCRIPTIONS: delete a subscription that you no longer need.',
  },
  'subscription-memory-exhausted': {
    status: 409,
    title: 'The webhook subscriptions take too much memory',
    meaning:
      'WEBHOOK_MAX_SUBSCRIPTION_BYTES limits the total size of a tenant’s subscriptions, most of which is filters and headers. Shorten them, or delete subscriptions that you no longer need. A change that does not make a subscription larger is always allowed.',
  },
  'subscription-secrets-exhausted': {
    status: 409,
    title: 'Too many secrets are in use',
    meaning:
      'At most 5 secrets sign at once: wait until one expires, or end the old ones with an overlap of 0 seconds.',
  },
  'callback-query-hidden': {
    status: 400,
    title: 'The query of the callback URL is missing',
    meaning:
      'Answers show `?…` in place of the query of a callback URL. Sent back unchanged, the URL keeps its query; a different ' +
      'URL needs its full query.',
  },
  'replay-not-found': {
    status: 404,
    title: 'Replay not found',
    meaning: 'The webhook subscription has no replay of this id.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'Method not allowed',
    meaning: 'The path exists, but not with this method. `Allow` lists its methods.',
  },
  'request-timeout': {
    status: 408,
    title: 'The request took too long to arrive',
    meaning:
      'Headers must arrive within 10 seconds, the whole request within HTTP_REQUEST_TIMEOUT_MS. Nothing was changed, and the connection is closed.',
  },
  'order-already-exists': {
    status: 409,
    title: 'Order already exists',
    meaning: 'An order can only be created once.',
  },
  'order-status-step-forbidden': {
    status: 409,
    title: 'Order status change not allowed',
    meaning:
      'An order goes created → confirmed → shipped → delivered → completed; it can be cancelled until it ships.',
  },
  'stock-below-zero': {
    status: 409,
    title: 'Insufficient stock',
    meaning: 'Available stock, which is stock on hand minus reservations, never goes below zero.',
  },
  'stock-quantity-too-large': {
    status: 409,
    title: 'Stock quantity too large',
    meaning: 'The quantity on hand would exceed 2^53 − 1.',
  },
  'stock-already-reserved': {
    status: 409,
    title: 'Stock already reserved for this order',
    meaning: 'An order can hold one reservation per SKU at a time.',
  },
  'stock-not-reserved': {
    status: 409,
    title: 'No stock reserved for this order',
    meaning: 'The order never had a reservation, or it has already been released or shipped.',
  },
  'too-many-replays': {
    status: 409,
    title: 'Too many replays are running',
    meaning:
      'At most 10 replays of a webhook subscription run at once; WEBHOOK_MAX_REPLAYS limits those of a tenant. Wait until one ends, or cancel one.',
  },
  'stream-id-taken': { status: 409, title: 'Id already in use', meaning: 'Another resource has this id.' },
  'events-gone': {
    status: 410,
    title: 'Events are gone',
    meaning:
      'The events after the cursor were removed from the log. Start again with `from`; `beginning` reads everything that is still there.',
  },
  'version-mismatch': {
    status: 412,
    title: 'Version mismatch',
    meaning:
      '`If-Match` does not match the current version, or uses a weak tag. Read the resource again, then retry.',
  },
  'body-too-large': {
    status: 413,
    title: 'The body is too large',
    meaning: 'The limit is the setting HTTP_BODY_LIMIT_BYTES, for a batch HTTP_BATCH_LIMIT_BYTES.',
  },
  'event-too-large': {
    status: 413,
    title: 'Event too large',
    meaning: 'The event that the request would produce exceeds the size limit of the log.',
  },
  'target-too-long': {
    status: 414,
    title: 'The path or query is too long',
    meaning: 'The request line and the headers may take 16 KiB together. The connection is closed.',
  },
  'idempotency-key-reused': {
    status: 422,
    title: 'Idempotency key reused',
    meaning:
      'This `Idempotency-Key` was already used with a different request. Use a new key for a new request.',
  },
  'unsupported-media-type': {
    status: 415,
    title: 'Unsupported media type',
    meaning: 'Send `Content-Type: application/json`.',
  },
  'unsupported-content-encoding': {
    status: 415,
    title: 'Unsupported content encoding',
    meaning: 'Send the body unencoded, or with `Content-Encoding: gzip`, applied once.',
  },
  'expectation-failed': {
    status: 417,
    title: 'The expectation cannot be met',
    meaning: 'The only supported expectation is `Expect: 100-continue`.',
  },
  'stock-quantity-invalid': {
    status: 400,
    title: 'Invalid stock quantity',
    meaning: 'Quantities are whole numbers from 1; an adjustment may also be negative.',
  },
  'order-total-too-large': {
    status: 400,
    title: 'Order total too large',
    meaning: 'The sum of quantity × unit price exceeds 2^53 − 1 minor units.',
  },
  'tenant-share-exceeded': {
    status: 429,
    title: 'Your tenant has too many requests in progress',
    meaning:
      'Each tenant has a bounded share of common resources: queries, event streams, commands in progress, and bodies and answers in memory. Nothing was changed: retry after `Retry-After`, with fewer requests at once.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    meaning:
      'The request line and the headers may take 16 KiB together, in at most 200 headers. The connection is closed.',
  },
  'internal-error': {
    status: 500,
    title: 'Internal error',
    meaning: 'The server log has the cause under the request id.',
  },
  'not-implemented': {
    status: 501,
    title: 'This part of HTTP is not implemented',
    meaning:
      'An unknown method, `CONNECT`, or a `Transfer-Encoding` other than `chunked`. The connection is closed.',
  },
  unavailable: {
    status: 503,
    title: 'Temporarily unavailable',
    meaning: 'Nothing was changed: retry after `Retry-After`.',
  },
  'position-not-reached': {
    status: 503,
    title: 'The answer would be stale',
    meaning:
      'The read model has not reached the positions in `Orderstream-Position`: retry, or wait longer with `Prefer: wait=<seconds>`.',
  },
  'outcome-unknown': {
    status: 503,
    title: 'Outcome unknown',
    meaning:
      'The event log did not confirm in time. The command may have taken effect, at most once. Check before you retry.',
  },
  'http-version-not-supported': {
    status: 505,
    title: 'The HTTP version is not supported',
    meaning: 'Send HTTP/1.1. The connection is closed.',
  },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code);
