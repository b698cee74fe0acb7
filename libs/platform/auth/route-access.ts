import { applyDecorators } from '@nestjs/common';
import { ApiSecurity } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { AddRouteConfig } from '../http/route-config.js';
import { onEachRoute } from './each-route.js';
import type { Scope } from './scopes.js';

const PUBLIC = 'orderstream:public';
const SCOPE = 'orderstream:scope';
const SESSION = 'orderstream:session';

/** Config of a public route outside Nest; controllers use {@link Public}. */
export const PUBLIC_ROUTE = { [PUBLIC]: true } as const;

/** Marks a route or a whole controller as needing no caller. */
export const Public = (): MethodDecorator & ClassDecorator =>
  // An empty requirement documents that no key is needed.
  onEachRoute(applyDecorators(AddRouteConfig(PUBLIC_ROUTE), ApiSecurity({})));

/** The scope that a caller needs for a route, or for each route of a controller. */
export const RequiresScope = (scope: Scope): MethodDecorator & ClassDecorator =>
  onEachRoute(applyDecorators(AddRouteConfig({ [SCOPE]: scope }), ApiSecurity('bearer', [scope])));

/** Marks a route as one about the session that makes the request, whatever its scopes. Nothing else can call it. */
export const RequiresSession = (): MethodDecorator =>
  applyDecorators(AddRouteConfig({ [SESSION]: true }), ApiSecurity('session'));

export const isPublicRoute = ({ routeOptions: { config } }: FastifyRequest): boolean =>
  config !== undefined && PUBLIC in config;

export const needsSession = ({ routeOptions: { config } }: FastifyRequest): boolean =>
  config !== undefined && SESSION in config;

/** @throws Error on a route without a scope */
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
      if ((config && (PUBLIC in config || SESSION in config)) || scopeIn(config) !== undefined) continue;
      return done(new Error(`${String(method)} ${url} needs a scope: mark it with RequiresScope or Public`));
    }
    done();
  });
}

const scopeIn = (config: object | undefined): Scope | undefined =>
  config && SCOPE in config ? (config[SCOPE] as Scope) : undefined;
