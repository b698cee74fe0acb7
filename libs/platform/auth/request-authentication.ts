import { Logger } from '@nestjs/common';
import { TenantShareError } from '#libs/kernel';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AllowedMethods } from '../http/allowed-methods.js';
import { addressShareOf } from '../http/client-address.js';
import { assignConnectionShare } from '../http/connection-shares.js';
import { isCorsRoute } from '../http/cors.js';
import { ProblemException } from '../http/problem.js';
import { actingPrincipal } from './acting-operator.js';
import type { Authenticator } from './authenticator.js';
import { callerOf, type Principal, setPrincipal } from './caller.js';
import { bearerOf } from './credential.js';
import { isPublicRoute, needsSession, scopeOf } from './route-access.js';
import { requireCsrfToken } from './sessions/forgery.js';
import { requirePortalAccess } from './sessions/portal-access.js';
import type { SessionAuthenticator } from './sessions/session-authenticator.js';
import type { SessionCookie } from './sessions/session-cookie.js';
import type { WrongCredentials } from './wrong-credentials.js';

/**
 * Finds out by the headers of a request who makes it and whether they may, before its body is read. Every route needs a
 * scope unless it is public.
 * Unknown paths and methods are refused here too, so that their bodies are never read.
 */
export function authenticateRequests(
  fastify: FastifyInstance,
  {
    authenticator,
    sessions,
    cookie,
    publicUrl,
    wrongCredentials,
    allowedMethods,
  }: {
    readonly authenticator: Authenticator;
    readonly sessions: SessionAuthenticator;
    readonly cookie: SessionCookie;
    readonly publicUrl: string | undefined;
    readonly wrongCredentials: WrongCredentials;
    readonly allowedMethods: AllowedMethods;
  },
): void {
  const logger = new Logger('ApiKeys');

  async function found(look: () => Promise<Principal | undefined>): Promise<Principal | undefined> {
    try {
      return await look();
    } catch (error) {
      if (error instanceof ProblemException) throw error;
      if (error instanceof TenantShareError && error.refusal === 'tenant')
        throw new ProblemException('rate-limited', 'Your address has too many new credentials to look up.', {
          retryAfterSeconds: 1,
        });
      logger.warn({ err: error }, 'credentials cannot be looked up');
      throw new ProblemException('unavailable', 'API keys and sessions cannot be looked up now.', {
        cause: error,
      });
    }
  }

  /** Only for a request without an Authorization header, which nobody but a browser makes unasked. */
  async function authenticateSession(request: FastifyRequest, token: string): Promise<void> {
    const principal = await found(() => sessions.principalOf(token, () => addressShareOf(request)));
    if (!principal) throw new ProblemException('unauthorized', 'The session is over. Log in again.');
    requireCsrfToken(request, token, publicUrl);
    assignConnectionShare(request, principal.tenant);
    setPrincipal(request, actingPrincipal(request, principal));
  }

  async function authenticate(request: FastifyRequest): Promise<void> {
    const token = cookie.tokenOf(request.headers);
    if (token !== undefined) return authenticateSession(request, token);
    const credential = bearerOf(request.headers);
    const principal =
      credential === undefined
        ? undefined
        : await found(() => authenticator.principalOf(credential, () => addressShareOf(request)));
    if (principal) {
      assignConnectionShare(request, principal.tenant);
      return setPrincipal(request, actingPrincipal(request, principal));
    }
    if (credential === undefined)
      throw new ProblemException(
        'unauthorized',
        'Send the header Authorization: Bearer <API key or access token>.',
      );
    throw new ProblemException('unauthorized', 'The API key is not known, was revoked or has expired.', {
      challenge: 'invalid_token',
    });
  }

  fastify.addHook('onRequest', async (request, reply) => {
    if (request.is404 || isCorsRoute(request) || allowedMethods.shadowsFixedPath(request))
      throw noRoute(request, reply, allowedMethods.of(request.url));
    if (isPublicRoute(request)) return;
    // Caches keep answers apart by the Authorization header, but not by cookies.
    if (cookie.tokenOf(request.headers) !== undefined) void reply.header('cache-control', 'no-store');
    try {
      await authenticate(request);
    } catch (error) {
      if (isWrongCredential(error, request, cookie))
        await wrongCredentials.slowDown(addressShareOf(request), request.signal);
      throw error;
    }
    authorize(request);
  });
}

/** Of whatever kind it is. A request without any is no guess. */
const isWrongCredential = (error: unknown, { headers }: FastifyRequest, cookie: SessionCookie): boolean =>
  error instanceof ProblemException &&
  error.code === 'unauthorized' &&
  (bearerOf(headers) !== undefined || cookie.tokenOf(headers) !== undefined);

/** @throws ProblemException unless the caller has the scope of the route, which also has to be for its kind of session */
function authorize(request: FastifyRequest): void {
  const { scopes, session } = callerOf(request);
  if (needsSession(request)) {
    if (!session) throw new ProblemException('unauthorized', 'This needs the cookie of a session: log in.');
    return;
  }
  const scope = scopeOf(request);
  if (!scopes.has(scope))
    throw new ProblemException(
      'forbidden',
      `This needs the scope ${scope}, which your ${session ? 'session' : 'key or access token'} does not have.`,
    );
  if (session) requirePortalAccess(request, session);
}

function noRoute(
  { method, url }: FastifyRequest,
  reply: FastifyReply,
  allowed: readonly string[],
): ProblemException {
  const path = url.split('?', 1)[0]?.slice(0, 200);
  const detail = `There is no ${method} ${path}.`;
  if (allowed.length === 0) return new ProblemException('not-found', detail);
  void reply.header('allow', allowed.join(', '));
  return new ProblemException('method-not-allowed', detail);
}
