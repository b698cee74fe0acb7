import { STATUS_CODES } from 'node:http';
import type { OpenAPIObject } from '@nestjs/swagger';
import { PROBLEMS } from '../http/problem-codes.js';
import { rateLimitHeaders, retryAfterHeader } from './route-descriptions.js';

const PROBLEM_CONTENT = {
  'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
};
const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;

export type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Responses = Operation['responses'];
type Response = NonNullable<Responses[string]>;

/** Problems found before routing, and failures that can hit any request. */
const OF_EVERY_OPERATION = [400, 405, 408, 414, 417, 431, 500, 501, 503, 505];
const WITH_A_KEY = [401, 403, 429];
/** Bodies are read for these methods, documented or not. */
const WITH_A_BODY = [413, 415];
const MAY_HAVE_BODY: readonly string[] = ['post', 'put', 'patch', 'delete'];

/** They are the same everywhere, so they are described once. */
const RATE_LIMIT_REFERENCES = Object.fromEntries(
  Object.keys(rateLimitHeaders).map((name) => [name, { $ref: `#/components/headers/${name}` }]),
);

/** Refusals and faults that come after the limits per second, whose headers they then have. */
const AFTER_LIMITS = [400, 404, 409, 410, 412, 413, 415, 422, 500, 503];

const HEADERS: Readonly<Record<number, NonNullable<Extract<Response, { headers?: unknown }>['headers']>>> = {
  401: { 'WWW-Authenticate': { schema: { type: 'string', pattern: '^Bearer' } } },
  405: {
    Allow: {
      description: 'The methods of the path.',
      schema: { type: 'string', pattern: '^[A-Z]+(, [A-Z]+)*$' },
    },
  },
  415: {
    'Accept-Encoding': {
      description: 'The supported content encodings, if the body uses another one.',
      schema: { type: 'string', pattern: '^[a-z-]+(, [a-z-]+)*$' },
    },
  },
  429: { ...retryAfterHeader, ...RATE_LIMIT_REFERENCES },
  503: retryAfterHeader,
};

export interface DescribedOperation {
  readonly path: string;
  readonly method: (typeof METHODS)[number];
  readonly operation: Operation;
}

export function* operationsOf({ paths }: Pick<OpenAPIObject, 'paths'>): Generator<DescribedOperation> {
  for (const [path, item] of Object.entries(paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      if (operation) yield { path, method, operation };
    }
  }
}

function headersOf(status: number): (typeof HEADERS)[number] | undefined {
  return AFTER_LIMITS.includes(status) ? { ...HEADERS[status], ...RATE_LIMIT_REFERENCES } : HEADERS[status];
}

/** Adds every problem that an operation can return. Each status is described once, as a component. */
export function withCommonAnswers(document: OpenAPIObject): OpenAPIObject {
  const used = new Set<number>();
  for (const described of operationsOf(document)) {
    const { responses } = described.operation;
    for (const status of commonStatuses(described)) responses[status] ??= problemResponse(status);
    for (const [status, response] of Object.entries(responses)) {
      if (Number(status) >= 400) used.add(Number(status));
      responses[status] = completed(Number(status), response);
      if (Number(status) < 400 && needsCaller(described.operation.security))
        responses[status] = withRateLimits(responses[status]);
    }
  }
  document.components ??= {};
  document.components.responses = Object.fromEntries(
    [...used].toSorted((a, b) => a - b).map((status) => [responseName(status), problemResponse(status)]),
  );
  document.components.headers = { ...document.components.headers, ...rateLimitHeaders };
  return document;
}

const withRateLimits = (response: Response): Response =>
  '$ref' in response ? response : { ...response, headers: { ...response.headers, ...RATE_LIMIT_REFERENCES } };

function completed(status: number, response: Response | undefined): Response {
  if (status < 400) return withDescription(status, response);
  if (isProblem(response)) return { $ref: `#/components/responses/${responseName(status)}` };
  // An operation with its own error answer may still fail earlier, with a problem.
  const headers = headersOf(status);
  const content = { ...contentOf(response), ...PROBLEM_CONTENT };
  return { ...response, ...(headers && { headers }), content } as Response;
}

/** Nest leaves the description empty if none was given. */
const withDescription = (status: number, response: Response | undefined): Response => {
  const given = response && 'description' in response ? response.description : '';
  return { ...response, description: given || (STATUS_CODES[status] ?? String(status)) };
};

function commonStatuses({ path, method, operation: { security } }: DescribedOperation): number[] {
  return [
    ...OF_EVERY_OPERATION,
    ...(needsCaller(security) ? WITH_A_KEY : []),
    ...(path.includes('{') ? [404] : []),
    ...(MAY_HAVE_BODY.includes(method) ? WITH_A_BODY : []),
  ];
}

/** A public operation has an empty list. */
const needsCaller = (security: Operation['security']): boolean =>
  security === undefined ||
  security.some((requirement) => 'session' in requirement || Object.values(requirement).flat().length > 0);

/** `Payload Too Large` → `PayloadTooLarge`. */
const responseName = (status: number): string =>
  (STATUS_CODES[status] ?? String(status)).replaceAll(/\W/g, '');

function problemResponse(status: number): Response {
  const codes = Object.entries(PROBLEMS).filter(([, problem]) => problem.status === status);
  const headers = headersOf(status);
  return {
    description:
      codes.map(([code, { title }]) => `\`${code}\`: ${title}.`).join(' ') || `${STATUS_CODES[status]}.`,
    ...(headers && { headers }),
    content: PROBLEM_CONTENT,
  };
}

const contentOf = (response: Response | undefined) =>
  response && 'content' in response ? response.content : undefined;

/** Whether {@link ApiProblems} documented the response. */
function isProblem(response: Response | undefined): boolean {
  const content = Object.values(contentOf(response) ?? {});
  return (
    content.length > 0 &&
    content.every(({ schema }) => schema && '$ref' in schema && schema.$ref.endsWith('/Problem'))
  );
}
