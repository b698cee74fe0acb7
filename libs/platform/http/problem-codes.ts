import { AGGREGATES } from '#libs/aggregates';
import { firstRepeated, type Problem } from '#libs/kernel';

/** The codes that belong to no aggregate. */
const COMMON_PROBLEMS = {
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
    title: 'An API key or access token is needed',
    meaning:
      'The header `Authorization: Bearer <API key or access token>` is missing, the key is unknown, expired or revoked, or the token is not accepted; or a session of the console is over. `detail` and `WWW-Authenticate` say why.',
  },
  forbidden: {
    status: 403,
    title: 'Not allowed',
    meaning:
      'The API key, access token or session does not have the scope that the request needs, which `detail` names; or it is not for a session of a portal.',
  },
  'csrf-failed': {
    status: 403,
    title: 'The request may be forged',
    meaning:
      'A request with the cookie of a session needs its CSRF token in `X-CSRF-Token` to change anything, and none may come from a page of another origin. `detail` says which is wrong.',
  },
  'not-found': {
    status: 404,
    title: 'Not found',
    meaning: 'The path does not exist, or the resource does not exist for your tenant.',
  },
  'event-not-found': {
    status: 404,
    title: 'Event not found',
    meaning:
      'The log has no such event that your tenant may see, or a search by its id did not find it. `detail` says which; a position always finds an event.',
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
  'stream-id-taken': { status: 409, title: 'Id already in use', meaning: 'Another resource has this id.' },
  'projection-not-found': {
    status: 404,
    title: 'Projection not found',
    meaning: 'No projector has begun a projection of this name, or nobody has asked for its verification.',
  },
  'projection-not-stopped': {
    status: 409,
    title: 'Projection has not stopped there',
    meaning:
      'Only a projection that has stopped can be retried, and only the event at which it has stopped be skipped.',
  },
  'projection-busy': {
    status: 409,
    title: 'Projection is busy',
    meaning:
      'It is being rebuilt or verified already, or the process that took the request does that with another projection. Nothing was begun.',
  },
  'projection-not-built-in': {
    status: 409,
    title: 'Projection is not built in',
    meaning:
      'A projection of your own is rebuilt by its own projector, and nothing tells what its rows must be.',
  },
  'rebuild-not-running': {
    status: 409,
    title: 'No rebuild to cancel',
    meaning:
      'The projection is not being rebuilt on request over HTTP. Others are stopped where they were started.',
  },
  'dead-letters-not-releasable': {
    status: 409,
    title: 'Not possible for these dead letters',
    meaning: '`detail` says what their kind allows. Nothing was changed.',
  },
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
  'tenant-share-exceeded': {
    status: 429,
    title: 'Your tenant has too many requests in progress',
    meaning:
      'Each tenant has a bounded share of common resources: queries, event streams, commands in progress, and bodies and answers in memory. Nothing was changed: retry after `Retry-After`, with fewer requests at once.',
  },
  'rate-limited': {
    status: 429,
    title: 'Too many requests',
    meaning:
      'Your tenant has used up a limit per second, which `detail` names; or your address has sent too many wrong credentials, or has too many new ones waiting to be looked up. Nothing was changed: retry after `Retry-After`.',
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
} as const satisfies Readonly<Record<string, Problem>>;

type Problems = (typeof AGGREGATES)[number]['problems'];
type CodesOf<Each> = Each extends unknown ? keyof Each & string : never;

export type ProblemCode = keyof typeof COMMON_PROBLEMS | CodesOf<Problems>;

/** The closed list of problem codes: every error answer has one of these. `docs/problems.md` is generated from it. */
export const PROBLEMS: Readonly<Record<ProblemCode, Problem>> = merged([
  COMMON_PROBLEMS,
  ...AGGREGATES.map(({ problems }) => problems),
]);

/** @throws if a code is defined twice, since it would then have two meanings */
function merged(all: readonly Readonly<Record<string, Problem>>[]): Record<ProblemCode, Problem> {
  const entries = all.flatMap((problems) => Object.entries(problems));
  const twice = firstRepeated(entries.map(([code]) => code));
  if (twice !== undefined) throw new Error(`problem code ${twice} is defined twice`);
  return Object.fromEntries(entries) as Record<ProblemCode, Problem>;
}

export const isProblemCode = (code: string): code is ProblemCode => Object.hasOwn(PROBLEMS, code);
