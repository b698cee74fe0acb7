import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Histogram } from 'prom-client';
import { principalOf } from '../auth/caller.js';
import { givenTraceparent, requestIdentity } from '../http/request-identity.js';
import type { Settings } from '../settings/settings.js';
import { loggedTrace } from '../tracing/logged-trace.js';
import { spanOfRequest } from '../tracing/request-span.js';
import { redactSecrets } from './redact-secrets.js';

const requestSeconds = new Histogram({
  name: 'orderstream_http_request_seconds',
  help: 'Time from the arrival of a request to its answer.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

const logger = new Logger('Http');

/** Measures every request and logs one line for it, without bodies, headers and queries. */
export function observeRequests(fastify: FastifyInstance, { logLevel }: Pick<Settings, 'logLevel'>): void {
  collectDefaultMetrics();
  // Most answers are successes, whose lines are visible only at these levels.
  const logsSuccess = logLevel === 'debug' || logLevel === 'trace';
  fastify.addHook('onResponse', (request, reply, done) => {
    try {
      observe(request, reply);
      if (logsSuccess || reply.statusCode >= 400) log(request, reply);
    } catch (error) {
      // The answer was already sent, and an error here would end the process.
      logger.error({ err: error }, 'a request could not be measured');
    }
    done();
  });
}

function observe(request: FastifyRequest, { statusCode: status, elapsedTime }: FastifyReply): void {
  // The route's pattern, because each path with an id would create its own time series.
  const route = request.routeOptions.url ?? 'none';
  requestSeconds.observe({ method: request.method, route, status }, elapsedTime / 1_000);
}

function log(request: FastifyRequest, { statusCode: status, elapsedTime }: FastifyReply): void {
  const { correlationId } = requestIdentity(request);
  const line = {
    requestId: request.id,
    correlationId,
    ...loggedTrace(spanOfRequest(request)?.traceparent, givenTraceparent(request)),
    tenant: principalOf(request)?.tenant,
    method: request.method,
    path: pathOf(request.url),
    status,
    durationMs: Math.round(elapsedTime * 10) / 10,
  };
  // Not a fault of the server: the client is asked to come back.
  if (status === 503) logger.warn(line, 'request refused for now');
  else if (status >= 500) logger.error(line, 'request failed');
  else if (status >= 400) logger.log(line, 'request refused');
  else logger.debug(line, 'request answered');
}

/** Omits the query, which may contain tokens and personal data, and secrets that were pasted where an id belongs. */
const pathOf = (url: string): string => redactSecrets(url.split('?', 1)[0] ?? '');
