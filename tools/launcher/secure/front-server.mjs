/**
 * One address in front of apps on this machine, by HTTPS, with HTTP/2 for whoever speaks it: a gateway for development, which
 * goes by the routes of tools/gateway. Whether a request is valid is for the apps to say, so it goes on as it came.
 */
import { createSecureServer } from 'node:http2';
import { request as ask } from 'node:https';
import {
  CertificateFiles,
  endWithProblem,
  httpsOptions,
  problemOfClientError,
  ProblemException,
  renewCertificate,
  TrustingAgent,
} from '#libs/platform';
import { appFor, decidingPath } from '../../gateway/routes.mjs';
import { answerHeaders, hasBody, requestHeaders } from './front-headers.mjs';

/** As long as the gateway of docs/gateway.md waits: longer than any wait or silence that a client can ask for. */
const ANSWER_MS = 90_000;
const SILENCE_MS = 600_000;
/** As in the apps. */
const HEADERS_MS = 10_000;
const REQUEST_MS = 30_000;
const IDLE_MS = 72_000;
const CHECK_MS = 1_000;
const MOST_STREAMS = 128;
/** To one app. More requests wait for a connection, also while others listen to event streams. */
const MOST_CONNECTIONS = 1_024;
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** @typedef {{ certificateFile: string, caFile: string, apps: Readonly<Record<string, string>> }} FrontPlan */
/** @typedef {import('node:http2').Http2ServerRequest | import('node:http').IncomingMessage} FrontRequest */
/** @typedef {import('node:http2').Http2ServerResponse | import('node:http').ServerResponse} FrontResponse */

/**
 * @param {FrontPlan} plan
 * @returns {{ server: import('node:http2').Http2SecureServer, close: (done: () => void) => void }}
 */
export function makeFront({ certificateFile, caFile, apps }) {
  const certificates = new CertificateFiles({ certFile: certificateFile, keyFile: certificateFile });
  const agent = new TrustingAgent(caFile, { keepAlive: true, maxSockets: MOST_CONNECTIONS });
  const server = createSecureServer({
    ...httpsOptions(certificates),
    allowHalfOpen: false,
    allowHTTP1: true,
    settings: { maxConcurrentStreams: MOST_STREAMS },
    // As in the apps, which say what is wrong with a request without a host.
    requireHostHeader: false,
  });
  Object.assign(server, {
    headersTimeout: HEADERS_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: IDLE_MS,
    connectionsCheckingInterval: CHECK_MS,
  });
  renewCertificate(server, certificates);
  const sessions = endIdleSessions(server);

  /**
   * @param {FrontRequest} request
   * @param {FrontResponse} response
   */
  const answer = (request, response) => {
    const path = decidingPath(request.url ?? '');
    if (path === undefined)
      return refuse(
        request,
        response,
        new ProblemException('malformed-request', 'The path cannot be decoded.'),
      );
    const preflightOf = request.headers['access-control-request-method'];
    const app = appFor({ method: request.method ?? '', path, preflightOf });
    const target = app && apps[app];
    if (!target)
      return refuse(request, response, new ProblemException('not-found', 'There is nothing here.'));
    forward(request, response, { target, agent });
  };
  server.on('request', answer);
  // An expectation that nobody knows is refused by the app.
  server.on('checkExpectation', answer);
  server.on('clientError', (error, socket) => {
    const problem = problemOfClientError(error);
    if (problem) endWithProblem(problem, socket);
    else socket.destroy();
  });
  const close = (/** @type {() => void} */ done) => {
    server.close(() => {
      agent.destroy();
      done();
    });
    for (const session of sessions) session.close();
  };
  return { server, close };
}

/**
 * HTTP/1.1 has limits of Node's for idle connections.
 * @param {import('node:http2').Http2SecureServer} server
 */
function endIdleSessions(server) {
  /** @type {Set<import('node:http2').ServerHttp2Session>} */
  const sessions = new Set();
  server.on('session', (session) => {
    let open = 0;
    sessions.add(session);
    session.once('close', () => sessions.delete(session));
    session.on('stream', (stream) => {
      open++;
      stream.once('close', () => open--);
    });
    session.setTimeout(IDLE_MS);
    session.on('timeout', () => open === 0 && session.destroy());
  });
  return sessions;
}

/**
 * @param {FrontRequest} request
 * @param {FrontResponse} response
 * @param {{ target: string, agent: TrustingAgent, isRepeated?: boolean }} options
 */
function forward(request, response, { target, agent, isRepeated = false }) {
  const isRepeatable = SAFE_METHODS.includes(request.method ?? '') && !hasBody(request);
  let isConnected = false;
  /** @type {import('node:http').ClientRequest} */
  let outgoing;
  try {
    outgoing = ask(target, {
      agent,
      method: request.method,
      path: request.url,
      headers: requestHeaders(request),
    });
  } catch {
    const problem = new ProblemException('malformed-request', 'The request cannot be passed on.');
    return refuse(request, response, problem);
  }
  outgoing.setTimeout(ANSWER_MS, () => outgoing.destroy(new Error('no answer in time')));
  outgoing.once('socket', (socket) => {
    // What is written before the app has shown its certificate has not been sent.
    if (outgoing.reusedSocket) isConnected = true;
    else socket.once('secureConnect', () => (isConnected = true));
  });
  outgoing.once('response', (incoming) => {
    outgoing.setTimeout(SILENCE_MS);
    response.writeHead(incoming.statusCode ?? 502, answerHeaders(incoming.headers));
    incoming.on('error', () => response.destroy());
    incoming.pipe(response);
    // A body that the app does not want is read and forgotten, so that the client comes to read the answer.
    response.once('finish', () => request.unpipe(outgoing).resume());
  });
  outgoing.on('error', (error) => {
    if (response.headersSent || response.destroyed) return;
    // The app had just closed a connection that was kept.
    if (outgoing.reusedSocket && isRepeatable && !isRepeated)
      return forward(request, response, { target, agent, isRepeated: true });
    console.error(`${request.method} ${request.url?.split('?')[0]} at ${target}: ${error.message}`);
    refuse(request, response, lost(isConnected && !SAFE_METHODS.includes(request.method ?? '')));
  });
  // Nobody waits for the answer any more.
  response.once('close', () => outgoing.destroy());
  if (hasBody(request)) request.pipe(outgoing);
  else outgoing.end();
}

/** @param {boolean} mayHaveEffect */
function lost(mayHaveEffect) {
  if (!mayHaveEffect)
    return new ProblemException('unavailable', 'No process answers now. Nothing was changed.');
  const detail =
    'The process that had the request did not answer. The command may have taken effect, at most once.';
  return new ProblemException('outcome-unknown', detail);
}

/**
 * @param {FrontRequest} request
 * @param {FrontResponse} response
 * @param {ProblemException} problem
 */
function refuse(request, response, problem) {
  response.writeHead(problem.status, {
    'content-type': 'application/problem+json',
    ...(problem.retryAfterSeconds && { 'retry-after': String(problem.retryAfterSeconds) }),
  });
  response.end(request.method === 'HEAD' ? undefined : JSON.stringify(problem.toBody(request.url ?? '')));
  request.resume();
}
