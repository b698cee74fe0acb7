import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import type { FastifyInstance } from 'fastify';
import { ApiKeyAuthenticator } from '../auth/api-key-authenticator.js';
import { authenticateRequests } from '../auth/request-authentication.js';
import type { Settings } from '../settings/settings.js';
import { observeRequests } from '../observability/requests.js';
import { AllowedMethods } from './allowed-methods.js';
import { refuseOtherEncodings } from './body-encoding.js';
import { ConnectionShares } from './connection-shares.js';
import { RequestPipelines } from './request-pipelines.js';
import { enforceHttpRules } from './http-rules.js';
import { InFlightBytes } from './in-flight-bytes.js';
import { acceptJsonOnly } from './json-body.js';
import { answerFrameworkError } from './raw-problems.js';
import { closeOnUnreadBodies } from './unread-body.js';
import { requestIdOf } from './request-identity.js';

const HEADERS_TIMEOUT_MS = 10_000;
/** How often Node looks for those whose time is over. */
const TIMEOUT_CHECK_MS = 1_000;
const MAX_PARAM_LENGTH = 300;

/** An HTTP app of ours, not yet listening: limits, ids, metrics and logs in place. */
export async function createHttpApp(
  module: Type | DynamicModule,
  settings: Settings,
): Promise<NestFastifyApplication> {
  const { bodyLimitBytes, batchLimitBytes, requestTimeoutMs } = settings.http;
  const { maxInFlightBytes, maxConnectionsPerTenant } = settings.http;
  const turns = new RequestPipelines();
  const adapter = new FastifyAdapter({
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    http: {
      headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
      connectionsCheckingInterval: TIMEOUT_CHECK_MS,
      // It would be answered without a problem document.
      requireHostHeader: false,
    },
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers),
    // Connections that wait for a next request must not hold up a stop.
    forceCloseConnections: 'idle',
    // Requests that come on open connections during a stop are answered like any other.
    return503OnClosing: false,
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: (error, socket) => turns.fail(error as Error, socket),
    routerOptions: { maxParamLength: MAX_PARAM_LENGTH },
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bufferLogs: true,
    bodyParser: false,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  app.enableShutdownHooks();

  const fastify = adapter.getInstance();
  turns.install(fastify.server);
  const allowedMethods = new AllowedMethods(MAX_PARAM_LENGTH);
  allowedMethods.install(fastify);
  const inFlight = new InFlightBytes(maxInFlightBytes);
  observeRequests(fastify, settings);
  // Before the first hook that waits: what is refused there is under way, too.
  closeWhenIdle(fastify);
  new ConnectionShares(maxConnectionsPerTenant).install(fastify);
  inFlight.install(fastify);
  enforceHttpRules(fastify);
  authenticateRequests(fastify, app.get(ApiKeyAuthenticator), allowedMethods);
  refuseOtherEncodings(fastify);
  closeOnUnreadBodies(fastify);
  acceptJsonOnly(fastify, batchLimitBytes, inFlight);
  fastify.addHook('onSend', (request, reply, payload, done) => {
    void reply.header('x-request-id', request.id);
    done(null, payload);
  });
  return app;
}

/** Starts to listen, and gives the address that it got. */
export async function listen(app: NestFastifyApplication, settings: Settings): Promise<string> {
  // A name may stand for several addresses, for each of which Fastify opens a server that has none of our limits.
  const { address } = await lookup(settings.http.host);
  await app.listen(settings.http.port, address);
  return settings.http.publicUrl ?? (await app.getUrl());
}

const IDLE_CHECK_MS = 50;

/** Connections that never sent a request are not idle to Node, and would hold up a stop until it is cut off. */
function closeWhenIdle(fastify: FastifyInstance): void {
  let inFlight = 0;
  fastify.addHook('onRequest', (_request, reply, done) => {
    inFlight++;
    // Not at the end of the response: one that its client has not waited for has none.
    reply.raw.once('close', () => inFlight--);
    done();
  });
  fastify.addHook('preClose', (done) => {
    const check = setInterval(() => {
      if (inFlight > 0) return;
      clearInterval(check);
      fastify.server.closeAllConnections();
    }, IDLE_CHECK_MS).unref();
    done();
  });
}
