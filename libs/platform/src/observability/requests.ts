import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { collectDefaultMetrics, Histogram } from 'prom-client';
import { ownerOf } from '../auth/caller.js';
import { requestIdentity } from '../http/request-identity.js';
import type { Settings } from '../settings/settings.js';

const requestSeconds = new Histogram({
  name: 'orderstream_http_request_seconds',
  help: 'Time from the arrival of a request to its answer.',
  labelNames: ['method', 'route', 'status'],
  buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
});

const logger = new Logger('Http');

/** Measures every request, and writes one line about it: with ids and times, without bodies, headers and queries. */
export function observeRequests(fastify: FastifyInstance, { logLevel }: Pick<Settings, 'logLevel'>): void {
  collectDefaultMetrics();
  // Lines that nobody will see are not made: most answers are successes.
  const logsSuccess = logLevel === 'debug' || logLevel === 'trace';
  fastify.addHook('onResponse', (request, reply, done) => {
    try {
      observe(request, reply);
      if (logsSuccess || reply.statusCode >= 400) log(request, reply);
    } catch (error) {
      // Nobody waits for this: the request has its answer, and what fails here would end the process.
      logger.error({ err: error }, 'a request could not be measured');
    }
    done();
  });
}

function observe(request: FastifyRequest, { statusCode: status, elapsedTime }: FastifyReply): void {
  // The pattern, not the path: paths with ids in them would make a series each.
  const route = request.routeOptions.url ?? 'none';
  requestSeconds.observe({ method: request.method, route, status }, elapsedTime / 1_000);
}

function log(request: FastifyRequest, { statusCode: status, elapsedTime }: FastifyReply): void {
  const { correlationId } = requestIdentity(request.headers, request.id);
  const line = {
    requestId: request.id,
    correlationId,
    tenant: ownerOf(request)?.tenant,
    method: request.method,
    path: pathOf(request.url),
    status,
    durationMs: Math.round(elapsedTime * 10) / 10,
  };
  if (status >= 500) logger.error(line, 'request failed');
  else if (status >= 400) logger.log(line, 'request refused');
  else logger.debug(line, 'request answered');
}

/** Without the query, which may hold tokens and customers' data. */
const pathOf = (url: string): string => url.split('?', 1)[0] ?? '';
