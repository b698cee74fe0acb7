import cors, { type FastifyCorsOptions } from '@fastify/cors';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { answerProblem, toProblem } from './problem.filter.js';

/** Answers' headers that scripts of a page may read, besides those that any may. */
const EXPOSED_HEADERS = [
  'Allow',
  'ETag',
  'Location',
  'Orderstream-Position',
  'Preference-Applied',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'WWW-Authenticate',
  'X-Request-Id',
];
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'];
/** Seconds for which a browser need not ask again. */
const MAX_AGE = 3_600;

/** The route that lets preflight requests for any path in; see {@link isCorsRoute}. */
const ANY_PATH = '*';

/**
 * Lets the scripts of pages at these origins call the API. Keys travel in a header, so cookies and other credentials of the
 * browser are never allowed. Call it before authentication: preflight requests carry no key, and a refusal must be readable,
 * too.
 */
export async function allowOrigins(fastify: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  // The plugin's route is made before Nest sets its handler of errors, which would therefore not be the route's.
  fastify.addHook('onRoute', (route) => {
    if (route.method === 'OPTIONS' && route.url === ANY_PATH)
      route.errorHandler = (error, request, reply) => answerProblem(toProblem(error), request, reply);
  });
  const allowed = new Set(origins);
  await fastify.register(cors, {
    delegator: (
      request: FastifyRequest,
      callback: (error: Error | null, options: FastifyCorsOptions) => void,
    ) =>
      callback(null, {
        // Of other origins nothing is said, which makes browsers refuse.
        origin: allowed.has(request.headers.origin ?? '') && [...origins],
        preflight: request.headers['access-control-request-method'] !== undefined,
        methods: METHODS,
        exposedHeaders: EXPOSED_HEADERS,
        maxAge: MAX_AGE,
      }),
  });
}

/** Whether the request is a plain `OPTIONS`, which no path has, rather than a preflight. */
export const isCorsRoute = ({ method, routeOptions: { url } }: FastifyRequest): boolean =>
  method === 'OPTIONS' && url === ANY_PATH;
