import type { IncomingMessage } from 'node:http';
import type { DynamicModule, Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import type { FastifyInstance } from 'fastify';
import type { Settings } from '../settings/settings.js';
import { observeRequests } from '../observability/requests.js';
import { acceptJsonOnly } from './json-body.js';
import { serveOpenApi } from './openapi.js';
import { answerClientError, answerFrameworkError } from './raw-problems.js';
import { requestIdOf } from './request-identity.js';

/** An HTTP app of ours, not yet listening: limits, ids, metrics, logs and documentation in place. */
export async function createHttpApp(
  module: Type | DynamicModule,
  settings: Settings,
): Promise<NestFastifyApplication> {
  const { bodyLimitBytes, batchLimitBytes, requestTimeoutMs } = settings.http;
  const adapter = new FastifyAdapter({
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers),
    // Connections that wait for a next request must not hold up a stop.
    forceCloseConnections: 'idle',
    // Requests that come on open connections during a stop are answered like any other.
    return503OnClosing: false,
    frameworkErrors: answerFrameworkError,
    clientErrorHandler: answerClientError,
    routerOptions: { maxParamLength: 300 },
  });
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    bufferLogs: true,
    bodyParser: false,
    abortOnError: false,
  });
  app.useLogger(app.get(Logger));
  app.enableShutdownHooks();

  const fastify = adapter.getInstance();
  acceptJsonOnly(fastify, batchLimitBytes);
  observeRequests(fastify, settings);
  fastify.addHook('onSend', (request, reply, payload, done) => {
    void reply.header('x-request-id', request.id);
    done(null, payload);
  });
  closeWhenIdle(fastify);
  serveOpenApi(app, settings);
  return app;
}

/** Starts to listen, and gives the address that it got. */
export async function listen(app: NestFastifyApplication, settings: Settings): Promise<string> {
  await app.listen(settings.http.port, settings.http.host);
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
