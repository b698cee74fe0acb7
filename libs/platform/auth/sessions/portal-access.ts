import type { FastifyRequest } from 'fastify';
import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import { notFoundProblem, ProblemException } from '../../http/problem.js';
import { AddRouteConfig } from '../../http/route-config.js';
import { onEachRoute } from '../each-route.js';
import type { CallerSession } from '../caller.js';

const PORTAL = 'orderstream:portal';

interface PortalRoute {
  /** Whether it also answers who may see one subscription only, although its path names none. It then answers for that one. */
  readonly ofOne: boolean;
}

/**
 * Opens a route, or each route of a controller, to sessions that a portal link has opened. All others are closed to them: a
 * new route is, unless somebody decides otherwise.
 * @param ofOne needed for a path without `:subscriptionId` that serves portals of a single subscription too
 */
export const InPortal = ({ ofOne = false }: Partial<PortalRoute> = {}): MethodDecorator & ClassDecorator =>
  onEachRoute(AddRouteConfig({ [PORTAL]: { ofOne } }));

/**
 * Lets the session of a portal have what it is for, and nothing else.
 * @throws ProblemException if the route is not for it, or the subscription is another
 */
export function requirePortalAccess(
  { routeOptions: { config, url }, params }: Pick<FastifyRequest, 'routeOptions' | 'params'>,
  { kind, subscriptionId }: CallerSession,
): void {
  if (kind !== 'portal') return;
  const route = config && PORTAL in config ? (config[PORTAL] as PortalRoute) : undefined;
  if (!route) throw new ProblemException('forbidden', 'This is not for the session of a portal.');
  if (subscriptionId === undefined) return;
  const { subscriptionId: named } = params as { readonly subscriptionId?: string };
  if (named === undefined || !url?.includes(':subscriptionId')) {
    if (route.ofOne) return;
    throw new ProblemException('forbidden', 'This is not for the portal of a single subscription.');
  }
  if (named.toLowerCase() !== subscriptionId) throw notFoundProblem(SUBSCRIPTION_AGGREGATE, named);
}
