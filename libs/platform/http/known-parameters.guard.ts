import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { ROUTE_ARGS_METADATA, RouteParamtypes } from '@nestjs/common/internal';
import type { FastifyRequest } from 'fastify';
import { isPublicRoute } from '../auth/route-access.js';
import { ProblemException } from './problem.js';
import { invalidRequest } from './validation.js';

/**
 * Refuses query strings that cannot be decoded, and parameters on routes that take none. Routes with parameters reject
 * unknown ones in their schema.
 */
@Injectable()
export class KnownParametersGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const start = request.url.indexOf('?');
    if (start < 0 || isPublicRoute(request)) return true;
    if (!isDecodable(request.url.slice(start + 1))) {
      throw new ProblemException('malformed-request', 'The query of the request cannot be decoded.');
    }
    const names = Object.keys(request.query ?? {});
    if (names.length > 0 && !takesParameters(context)) {
      throw invalidRequest(
        names.map((name) => ({ path: [name], message: 'this route takes no query parameters' })),
      );
    }
    return true;
  }
}

function isDecodable(query: string): boolean {
  try {
    decodeURIComponent(query);
    return true;
  } catch {
    return false;
  }
}

/** Nest records the arguments of a handler under keys made of kind and index. */
function takesParameters(context: ExecutionContext): boolean {
  const name = context.getHandler().name;
  const handled: unknown = Reflect.getMetadata(ROUTE_ARGS_METADATA, context.getClass(), name);
  return Object.keys(handled ?? {}).some((key) => key.startsWith(`${RouteParamtypes.QUERY}:`));
}
