import { Logger } from '@nestjs/common';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AllowedMethods } from '../http/allowed-methods.js';
import { assignConnectionShare } from '../http/connection-shares.js';
import { ProblemException } from '../http/problem.js';
import type { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { type ApiKeyOwner, bearerKeyOf } from './api-keys.js';
import { isPublicRoute, setOwner } from './caller.js';

/**
 * Authenticates requests by their headers, before the body is read. Every route needs an API key unless it is public.
 * Unknown paths and methods are refused here too, so that their bodies are never read.
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
      throw new ProblemException('unavailable', 'API keys cannot be looked up now.', { cause: error });
    }
  }

  async function authenticate(request: FastifyRequest): Promise<void> {
    const key = bearerKeyOf(request.headers);
    const owner = key === undefined ? undefined : await ownerOf(key);
    if (owner) {
      assignConnectionShare(request, owner.tenant);
      return setOwner(request, owner);
    }
    throw new ProblemException(
      'unauthorized',
      key ? 'The API key is not known.' : 'Send the header Authorization: Bearer <API key>.',
    );
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
  if (allowed.length === 0) return new ProblemException('not-found', detail);
  void reply.header('allow', allowed.join(', '));
  return new ProblemException('method-not-allowed', detail);
}
