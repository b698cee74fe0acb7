/**
 * One address in front of apps on this machine, by HTTPS, with HTTP/2 for whoever speaks it: a gateway for development, which
 * goes by the routes of tools/gateway. Takes its plan as an argument, and reads its certificate anew on SIGHUP.
 */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import replyFrom from '@fastify/reply-from';
import { fastify } from 'fastify';
import { appFor } from '../../gateway/routes.mjs';

/** As long as the gateway of docs/gateway.md waits: longer than any wait or silence that a client can ask for. */
const ANSWER_MS = 90_000;
const SILENCE_MS = 600_000;
const CLOSING_MS = 3_000;

/** @typedef {{ port: number, certificateFile: string, caFile: string, apps: Readonly<Record<string, string>> }} FrontPlan */

/** @type {FrontPlan} */
const { port, certificateFile, caFile, apps } = JSON.parse(process.argv[2] ?? '');

const certificate = () => {
  const both = readFileSync(certificateFile, 'utf8');
  return { cert: both, key: both };
};
const front = fastify({ http2: true, https: { allowHTTP1: true, ...certificate() } });
process.on('SIGHUP', () => front.server.setSecureContext(certificate()));
process.on('SIGTERM', () => {
  void Promise.race([front.close(), sleep(CLOSING_MS)]).then(() => process.exit());
});

await front.register(replyFrom, {
  undici: {
    connect: { ca: readFileSync(caFile, 'utf8') },
    headersTimeout: ANSWER_MS,
    bodyTimeout: SILENCE_MS,
  },
  // Clients hear what the apps say.
  maxRetriesOn503: 0,
});
// Bodies go on as they come.
front.removeAllContentTypeParsers();
front.addContentTypeParser('*', (_request, body, done) => done(null, body));
front.all('/*', (request, reply) => {
  const [path = ''] = request.url.split('?');
  const preflightOf = request.headers['access-control-request-method'];
  const app = appFor({ method: request.method, path, preflightOf });
  const target = app && apps[app];
  if (!target) return reply.callNotFound();
  return reply.from(request.url, {
    getUpstream: () => target,
    // Whatever the client says of itself is not believed.
    rewriteRequestHeaders: (_request, headers) => ({
      ...headers,
      host: request.host,
      'x-forwarded-for': request.ip,
      'x-forwarded-proto': 'https',
    }),
    retriesCount: 2,
    onError: (_reply, { error }) => {
      console.error(`${request.method} ${path} at ${app}: ${error.message}`);
      void lost(request, reply);
    },
  });
});
front.setNotFoundHandler((_request, reply) => problem(reply, 404, 'not-found', 'There is nothing here.'));

/**
 * A query that no app has answered has changed nothing. A command may have.
 * @param {import('fastify').FastifyRequest} request
 * @param {import('fastify').FastifyReply} reply
 */
function lost(request, reply) {
  void reply.header('retry-after', '1');
  if (['GET', 'HEAD', 'OPTIONS'].includes(request.method))
    return problem(reply, 503, 'unavailable', 'No process answers now. Nothing was changed.');
  const detail =
    'The process that had the request did not answer. The command may have taken effect, at most once.';
  return problem(reply, 503, 'outcome-unknown', detail);
}

/**
 * @param {import('fastify').FastifyReply} reply
 * @param {number} status
 * @param {string} code
 * @param {string} detail
 */
function problem(reply, status, code, detail) {
  const title =
    { unavailable: 'Temporarily unavailable', 'outcome-unknown': 'Outcome unknown' }[code] ?? 'Not found';
  return reply
    .code(status)
    .type('application/problem+json')
    .send({ type: `/problems/${code}`, title, status, detail, code });
}

await front.listen({ port, host: '127.0.0.1' });
