import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Injectable,
  Logger,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { ProblemException } from '../http/problem.js';
import { ApiKeyAuthenticator } from './api-key-authenticator.js';
import { type ApiKeyOwner, bearerKeyOf } from './api-keys.js';

const PUBLIC = 'orderstream:public';
const OWNER = Symbol('api-key-owner');

type AuthenticatedRequest = FastifyRequest & { [OWNER]?: ApiKeyOwner };

/** Marks a route that needs no API key. */
export const Public = (): MethodDecorator & ClassDecorator => SetMetadata(PUBLIC, true);

/** Whose request it is; `undefined` before it was authenticated, and on public routes. */
export const ownerOf = (request: FastifyRequest): ApiKeyOwner | undefined =>
  (request as AuthenticatedRequest)[OWNER];

/** The tenant and key of the request. */
export const Caller = createParamDecorator((_: unknown, context: ExecutionContext): ApiKeyOwner => {
  const owner = ownerOf(context.switchToHttp().getRequest<FastifyRequest>());
  if (!owner) throw new Error('a public route has no caller');
  return owner;
});

/** Every HTTP route needs an API key, unless it is marked {@link Public}. */
@Injectable()
export class ApiKeyGuard implements CanActivate {
  readonly #logger = new Logger(ApiKeyGuard.name);

  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: ApiKeyAuthenticator,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (context.getType() !== 'http') return true;
    if (this.reflector.getAllAndOverride<boolean>(PUBLIC, [context.getHandler(), context.getClass()]))
      return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const key = bearerKeyOf(request.headers);
    const owner = key && (await this.#ownerOf(key));
    if (!owner) {
      const detail = key ? 'The API key is not known.' : 'Send the header Authorization: Bearer <API key>.';
      throw new ProblemException({ code: 'unauthorized', detail });
    }
    request[OWNER] = owner;
    return true;
  }

  async #ownerOf(key: string): Promise<ApiKeyOwner | undefined> {
    try {
      return await this.authenticator.ownerOf(key);
    } catch (error) {
      this.#logger.warn({ err: error }, 'API keys cannot be looked up');
      throw new ProblemException({
        code: 'unavailable',
        detail: 'API keys cannot be looked up now.',
        cause: error,
      });
    }
  }
}
