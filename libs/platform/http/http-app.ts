import { lookup } from 'node:dns/promises';
import type { IncomingMessage } from 'node:http';
import type { Server as HttpsServer } from 'node:https';
import type { DynamicModule, Type } from '@nestjs/common';
import { ModuleRef, NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { Logger } from 'nestjs-pino';
import { ACT_LOG, type ActLog } from '../audit/act-log.js';
import { auditRequests } from '../audit/audited-requests.js';
import { Authenticator } from '../auth/authenticator.js';
import { authenticateRequests } from '../auth/request-authentication.js';
import { requireScopes } from '../auth/route-access.js';
import { SessionAuthenticator } from '../auth/sessions/session-authenticator.js';
import { SessionCookie } from '../auth/sessions/session-cookie.js';
import { WrongCredentials } from '../auth/wrong-credentials.js';
import { Overload } from '../overload/overload.js';
import { hidePersonalData } from '../personal-data/personal-data.js';
import { openSealedTexts, SEALED_TEXTS, type SealedTexts } from '../personal-data/sealed-texts.js';
import { MemoryPressure } from '../process/memory-pressure.js';
import { stopTimesOf } from '../process/stop-times.js';
import { schemeOf, type Settings } from '../settings/settings.js';
import { RequestLimits } from '../limits/request-limits.js';
import { observeRequests } from '../observability/requests.js';
import { Handshakes, httpsOptions, renewCertificate } from './https-server.js';
import { CertificateFiles } from '../tls/certificate-files.js';
import { closeInTime } from './closing.js';
import { endWorkWithAnswers, watchWork } from './closed-exchange.js';
import { AllowedMethods } from './allowed-methods.js';
import { refuseOtherEncodings } from './body-encoding.js';
import { allowOrigins } from './cors.js';
import { ConnectionShares } from './connection-shares.js';
import { RequestPipelines } from './request-pipelines.js';
import { enforceHttpRules } from './http-rules.js';
import { InFlightBytes } from './in-flight-bytes.js';
import { acceptJsonOnly } from './json-body.js';
import { answerFrameworkError } from './raw-problems.js';
import { closeOnUnreadBodies } from './unread-body.js';
import { requestIdOf } from './request-identity.js';
import { traceRequests } from '../tracing/traced-requests.js';
import { TRACING, type Tracing } from '../tracing/tracing.js';

const HEADERS_TIMEOUT_MS = 10_000;
/** How often Node checks connections for a timeout. */
const TIMEOUT_CHECK_MS = 1_000;
const MAX_PARAM_LENGTH = 300;

/** Creates an HTTP app with limits, ids, metrics and logs. It does not listen yet. */
export async function createHttpApp(
  module: Type | DynamicModule,
  settings: Settings,
): Promise<NestFastifyApplication> {
  const { bodyLimitBytes, batchLimitBytes, requestTimeoutMs } = settings.http;
  const { maxInFlightBytes, maxConnectionsPerTenant, trustedProxies } = settings.http;
  const turns = new RequestPipelines();
  const certificates = settings.http.tls && new CertificateFiles(settings.http.tls);
  const serverOptions = {
    headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeoutMs),
    connectionsCheckingInterval: TIMEOUT_CHECK_MS,
    // Node would answer without a problem document, so `enforceHttpRules` checks this instead.
    requireHostHeader: false,
  };
  const adapter = new FastifyAdapter({
    bodyLimit: bodyLimitBytes,
    requestTimeout: requestTimeoutMs,
    ...(certificates
      ? { https: { ...serverOptions, ...httpsOptions(certificates) } }
      : { http: serverOptions }),
    // With an empty list Fastify would still read the headers of proxies.
    trustProxy: trustedProxies.length > 0 && trustedProxies,
    genReqId: (request: IncomingMessage) => requestIdOf(request.headers),
    // Idle connections must not delay a shutdown.
    forceCloseConnections: 'idle',
    // Requests that arrive during a shutdown are answered normally.
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
  if (certificates) renewCertificate(fastify.server as HttpsServer, certificates);
  const pressure = new MemoryPressure();
  pressure.watch();
  const inFlight = new InFlightBytes(maxInFlightBytes, pressure);
  watchWork(fastify);
  observeRequests(fastify, settings);
  // Comes before the first asynchronous hook, so that requests refused there are counted too.
  const handshakes = new Handshakes();
  closeInTime(fastify, handshakes, stopTimesOf(settings.http.shutdownTimeoutMs));
  new ConnectionShares(maxConnectionsPerTenant, handshakes).install(fastify);
  inFlight.install(fastify);
  enforceHttpRules(fastify);
  // Adds a route of its own, which is none of the API.
  await allowOrigins(fastify, settings.http.corsOrigins);
  const allowedMethods = new AllowedMethods(MAX_PARAM_LENGTH);
  allowedMethods.install(fastify);
  requireScopes(fastify);
  authenticateRequests(fastify, {
    authenticator: app.get(Authenticator),
    sessions: app.get(SessionAuthenticator),
    cookie: app.get(SessionCookie),
    publicUrl: settings.http.publicUrl,
    wrongCredentials: app.get(WrongCredentials),
    allowedMethods,
  });
  traceRequests(fastify, app.get<Tracing>(TRACING));
  app.get(RequestLimits).install(fastify);
  hidePersonalData(fastify);
  const sealedTexts = providedTo<SealedTexts>(app, SEALED_TEXTS);
  if (sealedTexts) openSealedTexts(fastify, sealedTexts);
  auditRequests(fastify, providedTo<ActLog>(app, ACT_LOG));
  app.get(Overload).install(fastify);
  refuseOtherEncodings(fastify);
  closeOnUnreadBodies(fastify);
  acceptJsonOnly(fastify, batchLimitBytes, inFlight);
  fastify.addHook('onSend', (request, reply, payload, done) => {
    void reply.header('x-request-id', request.id);
    done(null, payload);
  });
  endWorkWithAnswers(fastify);
  return app;
}

/** What only some apps have: a log of acts where routes are acts, sealed texts where answers may hold some. */
function providedTo<Provided>(app: NestFastifyApplication, token: symbol): Provided | undefined {
  try {
    // The app itself would log that there is none as a failure.
    return app.get(ModuleRef).get<Provided>(token, { strict: false });
  } catch {
    return undefined;
  }
}

/** Starts listening. @returns the URL of the app */
export async function listen(app: NestFastifyApplication, settings: Settings): Promise<string> {
  // For a name with several addresses, Fastify would open extra servers without our limits.
  const { address } = await lookup(settings.http.host);
  await app.listen(settings.http.port, address);
  return settings.http.publicUrl ?? (await app.getUrl()).replace(/^https?:/, schemeOf(settings));
}
