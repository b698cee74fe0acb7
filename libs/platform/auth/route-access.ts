import { applyDecorators } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { AddRouteConfig } from '../http/route-config.js';
import type { Scope } from './scopes.js';

const PUBLIC = 'orderstream:public';
const SCOPE = 'orderstream:scope';

/** Config of a public route outside Nest; controllers use {@link Public}. */
export const PUBLIC_ROUTE = { [PUBLIC]: true } as const;

/** Marks a route or a whole controller as needing no caller. */
export const Public = (): MethodDecorator & ClassDecorator =>
  // An empty requirement documents that no key is needed.
  onEachRoute(applyDecorators(AddRouteConfig(PUBLIC_ROUTE), ApiSecurity({})));

/** The scope that a caller needs for a route, or for each route of a controller. */
export const RequiresScope = (scope: Scope): MethodDecorator & ClassDecorator =>
  onEachRoute(applyDecorators(AddRouteConfig({ [SCOPE]: scope }), ApiSecurity('bearer', [scope])));

export const isPublicRoute = ({ routeOptions: { config } }: FastifyRequest): boolean =>
  config !== undefined && PUBLIC in config;

/** @throws Error on a public route */
export function scopeOf({ routeOptions: { config, url } }: FastifyRequest): Scope {
  const scope = scopeIn(config);
  if (scope === undefined) throw new Error(`the route ${url} has no scope`);
  return scope;
}

/** Makes an app refuse to start with a route that is neither public nor has a scope. */
export function requireScopes(fastify: FastifyInstance): void {
  const routes: RouteOptions[] = [];
  fastify.addHook('onRoute', (route) => void routes.push(route));
  // Later hooks may still change the config of a route.
  fastify.addHook('onReady', (done) => {
    for (const { method, url, config } of routes) {
      if ((config && PUBLIC in config) || scopeIn(config) !== undefined) continue;
      return done(new Error(`${String(method)} ${url} needs a scope: mark it with RequiresScope or Public`));
    }
    done();
  });
}

const scopeIn = (config: object | undefined): Scope | undefined =>
  config && SCOPE in config ? (config[SCOPE] as Scope) : undefined;

const onEachRoute =
  (mark: MethodDecorator): MethodDecorator & ClassDecorator =>
  (target: object, key?: PropertyKey) => {
    if (key !== undefined) return markHandler(mark, target, key);
    const { prototype } = target as { prototype: object };
    for (const name of Object.getOwnPropertyNames(prototype)) {
      if (name !== 'constructor') markHandler(mark, prototype, name);
    }
  };

function markHandler(mark: MethodDecorator, prototype: object, key: PropertyKey): void {
  const handler = Object.getOwnPropertyDescriptor(prototype, key);
  if (typeof handler?.value === 'function') mark(prototype, key as string, handler);
}
