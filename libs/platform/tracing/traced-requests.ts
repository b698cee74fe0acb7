import type { FastifyInstance } from 'fastify';
import { principalOf } from '../auth/caller.js';
import { onceClosed } from '../http/closed-exchange.js';
import { givenTraceparent } from '../http/request-identity.js';
import { setRequestSpan } from './request-span.js';
import { preciseNow, type Tracing } from './tracing.js';

const SERVER_FAULT = 500;

/**
 * Has a span for each request whose caller is known: call it after authentication. A stranger's requests have none, so nobody
 * without a key can fill the collector, or have traces recorded by asking for it. Paths, queries and headers may contain
 * personal data and stay out.
 */
export function traceRequests(fastify: FastifyInstance, tracing: Tracing): void {
  if (!tracing.isOn) return;
  fastify.addHook('onRequest', (request, reply, done) => {
    const principal = principalOf(request);
    if (principal) {
      const { method, routeOptions } = request;
      const route = routeOptions.url ?? 'none';
      const span = tracing.start(`${method} ${route}`, {
        kind: 'server',
        parent: givenTraceparent(request),
        isFromOutside: true,
        startedAt: preciseNow() - reply.elapsedTime,
        attributes: {
          'http.request.method': method,
          'http.route': route,
          'url.scheme': request.protocol,
          'orderstream.tenant': principal.tenant,
          'orderstream.request_id': request.id,
        },
      });
      setRequestSpan(request, span);
      if (span.isRecorded)
        onceClosed(reply.raw, () => {
          const { statusCode } = reply;
          span.set({ 'http.response.status_code': statusCode });
          if (statusCode >= SERVER_FAULT) span.fail(String(statusCode));
          span.end();
        });
    }
    done();
  });
}
