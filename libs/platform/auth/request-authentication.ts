import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AllowedMethods } from '../http/allowed-methods.js';
import { assignConnectionShare } from '../http/connection-shares.js';
import { ProblemException } from '../http/problem.js';
import type { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { type ApiKeyOwner, bearerKeyOf } from './api-keys.js';
import { isPublicRoute, setOwner } from './caller.js';

/**
 * Settles from the headers who calls, before a byte of the body is read. Every route needs an API key, unless it is
 * marked as public; where there is no route, or not with this method, there is nothing to read a body for either.
 */
export function authenticateRequests(
  fastify: FastifyInstance,
  authenticator: ApiKeyAuthenticator,
  allowedMethods: AllowedMethods,
): void {
  const logger = new Logger('ApiKeys');

  async function ownerOf(key: string): Promise<ApiKeyOwner | undefined> {
    try {
      return await authenticator.ownerOf(key);
    } catch (error) {
      logger.warn({ err: error }, 'API keys cannot be looked up');
      const detail = 'API keys cannot be looked up now.';
      throw new ProblemException({ code: 'unavailable', detail, cause: error });
    }
  }

  async function authenticate(request: FastifyRequest): Promise<void> {
    const key = bearerKeyOf(request.headers);
    const owner = key === undefined ? undefined : await ownerOf(key);
    if (owner) {
      assignConnectionShare(request, owner.tenant);
      return setOwner(request, owner);
    }
    const detail = key ? 'The API key is not known.' : 'Send the header Authorization: Bearer <API key>.';
    throw new ProblemException({ code: 'unauthorized', detail });
  }

  fastify.addHook('onRequest', async (request, reply) => {
    if (request.is404 || allowedMethods.shadowsFixedPath(request))
      throw noRoute(request, reply, allowedMethods.of(request.url));
    if (!isPublicRoute(request)) await authenticate(request);
  });
}

function noRoute(
  { method, url }: FastifyRequest,
  reply: FastifyReply,
  allowed: readonly string[],
): ProblemException {
  const path = url.split('?', 1)[0]?.slice(0, 200);
  const detail = `There is no ${method} ${path}.`;
  if (allowed.length === 0) return new ProblemException({ code: 'not-found', detail });
  void reply.header('allow', allowed.join(', '));
  return new ProblemException({ code: 'method-not-allowed', detail });
}
