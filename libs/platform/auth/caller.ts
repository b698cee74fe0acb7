import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import { ApiSecurity } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { ApiKeyOwner } from './api-keys.js';

const PUBLIC = 'orderstream:public';
const OWNER = Symbol('api-key-owner');

type AuthenticatedRequest = FastifyRequest & { [OWNER]?: ApiKeyOwner };

/** Config of a public route outside Nest; controllers use {@link Public}. */
export const PUBLIC_ROUTE = { [PUBLIC]: true } as const;

/** Marks a route or a whole controller as needing no API key. */
export const Public = (): MethodDecorator & ClassDecorator => (target: object, key?: PropertyKey) => {
  if (key !== undefined) return markHandler(target, key);
  const { prototype } = target as { prototype: object };
  for (const name of Object.getOwnPropertyNames(prototype)) {
    if (name !== 'constructor') markHandler(prototype, name);
  }
};

function markHandler(prototype: object, key: PropertyKey): void {
  const handler = Object.getOwnPropertyDescriptor(prototype, key);
  if (typeof handler?.value !== 'function') return;
  RouteConfig(PUBLIC_ROUTE)(prototype, key as string, handler);
  // Documents that no key is needed.
  ApiSecurity({})(prototype, key as string, handler);
}

export const isPublicRoute = ({ routeOptions: { config } }: FastifyRequest): boolean =>
  config !== undefined && PUBLIC in config;

/** The owner of the request's API key; `undefined` before authentication and on public routes. */
export const ownerOf = (request: FastifyRequest): ApiKeyOwner | undefined =>
  (request as AuthenticatedRequest)[OWNER];

export function setOwner(request: FastifyRequest, owner: ApiKeyOwner): void {
  (request as AuthenticatedRequest)[OWNER] = owner;
}

export const Caller = createParamDecorator(
  (_: unknown, context: ExecutionContext): ApiKeyOwner =>
    callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** @throws on a public route */
export function callerOf(request: FastifyRequest): ApiKeyOwner {
  const owner = ownerOf(request);
  if (!owner) throw new Error('a public route has no caller');
  return owner;
}
