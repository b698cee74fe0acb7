/** The closed list of problem codes: every error answer has one of these. `docs/problems.md` is generated from it. */
export const PROBLEMS = {
  'invalid-request': {
    status: 400,
    title: 'The request is not valid',
    meaning: '`errors` names each field that is wrong, and why.',
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
    title: 'There is nothing here',
    meaning: 'No such path, or no such thing that your tenant can see.',
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
    title: 'There is no such webhook subscription',
    meaning: 'Your tenant has no webhook subscription of this id.',
  },
  'subscription-already-exists': {
    status: 409,
    title: 'The webhook subscription exists already',
    meaning: 'A subscription is created once; one that was deleted does not come back.',
  },
  'subscription-not-active': {
    status: 409,
    title: 'The webhook subscription is not active',
    meaning: 'It is paused or disabled, so that nothing is sent: resume it first.',
  },
  'subscription-active-already': {
    status: 409,
    title: 'The webhook subscription is active already',
    meaning: 'Only one that is paused or disabled can be resumed.',
  },
  'subscription-limit-reached': {
    status: 409,
    title: 'There are too many webhook subscriptions',
    meaning:
      'A tenant may have so many as the setting WEBHOOK_MAX_SUBSCRIPTIONS says: delete one that is not needed.',
  },
  'subscription-memory-exhausted': {
    status: 409,
    title: 'The webhook subscriptions take too much memory',
    meaning:
      'What the subscriptions of a tenant take together, filters and headers above all, is bounded by the setting WEBHOOK_MAX_SUBSCRIPTION_BYTES: shorten them, or delete subscriptions that are not needed. A change by which one takes no more is always allowed.',
  },
  'subscription-secrets-exhausted': {
    status: 409,
    title: 'Too many secrets are in use',
    meaning: 'At most 5 sign at once: wait until one expires, or end them all by an overlap of 0 seconds.',
  },
  'callback-query-hidden': {
    status: 400,
    title: 'The query of the callback URL is missing',
    meaning:
      'A callback URL is shown with `?…` for its query. Sent back as it was shown it stays as it is; for another URL the ' +
      'query is needed.',
  },
  'replay-not-found': {
    status: 404,
    title: 'There is no such replay',
    meaning: 'The webhook subscription has no replay of this id.',
  },
  'method-not-allowed': {
    status: 405,
    title: 'The method is not allowed',
    meaning: 'The path exists, but not with this method. `Allow` lists the methods that it has.',
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
      'At most 10 replays of a webhook subscription run at once, and as many of a tenant as the setting WEBHOOK_MAX_REPLAYS says: wait until one has ended, or cancel one.',
  },
  'stream-id-taken': { status: 409, title: 'Id already in use', meaning: 'Another resource has this id.' },
  'events-gone': {
    status: 410,
    title: 'Events are gone',
    meaning:
      'What comes after the cursor was removed from the log. Begin anew by `from`, with `beginning` for all that is still there.',
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
    title: 'The media type is not supported',
    meaning: 'Send `Content-Type: application/json`.',
  },
  'unsupported-content-encoding': {
    status: 415,
    title: 'The content encoding is not supported',
    meaning: 'Send the body as it is, or with `Content-Encoding: gzip`, applied once.',
  },
  'expectation-failed': {
    status: 417,
    title: 'The expectation cannot be met',
    meaning: 'The only expectation that is known is `Expect: 100-continue`.',
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
    title: 'Your tenant has too much under way',
    meaning:
      'What tenants share (queries that wait or read, event streams, commands under way, bodies and answers in memory) has a bound for each, so that none takes all. Nothing was changed: send it again after `Retry-After`, and fewer at once.',
  },
  'headers-too-large': {
    status: 431,
    title: 'The headers are too large',
    meaning:
      'The request line and the headers may take 16 KiB together, and there may be 200 headers. The connection is closed.',
  },
  'internal-error': {
    status: 500,
    title: 'Something broke on our side',
    meaning: 'The log has the cause under the request id.',
  },
  'not-implemented': {
    status: 501,
    title: 'This part of HTTP is not implemented',
    meaning:
      'An unknown method, `CONNECT`, or a `Transfer-Encoding` other than `chunked`. The connection is closed.',
  },
  unavailable: {
    status: 503,
    title: 'Not available now',
    meaning: 'Nothing was changed: send it again after `Retry-After`.',
  },
  'position-not-reached': {
    status: 503,
    title: 'The answer would be stale',
    meaning:
      'What the query reads has not come as far as the positions in `Orderstream-Position`: send it again, or wait longer by `Prefer: wait=<seconds>`.',
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
