import type { FastifyRequest } from 'fastify';
import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import { notFoundProblem, ProblemException } from '../../http/problem.js';
import { AddRouteConfig } from '../../http/route-config.js';
import { onEachRoute } from '../each-route.js';
import type { CallerSession } from '../caller.js';

const PORTAL = 'orderstream:portal';
/** Two marks, because that of a controller is added after those of its routes, and must take nothing from them. */
const OF_ONE = 'orderstream:portal-of-one';

/**
 * Opens a route, or each route of a controller, to sessions that a portal link has opened. All others are closed to them: a
 * new route is, unless somebody decides otherwise.
 * @param ofOne needed for a path without `:subscriptionId` that serves portals of a single subscription too
 */
export const InPortal = ({ ofOne = false } = {}): MethodDecorator & ClassDecorator =>
  onEachRoute(AddRouteConfig({ [PORTAL]: true, ...(ofOne && { [OF_ONE]: true }) }));

/**
 * Lets the session of a portal have what it is for, and nothing else.
 * @throws ProblemException if the route is not for it, or the subscription is another
 */
export function requirePortalAccess(
  { routeOptions: { config, url }, params }: Pick<FastifyRequest, 'routeOptions' | 'params'>,
  { kind, subscriptionId }: CallerSession,
): void {
  if (kind !== 'portal') return;
  if (!config || !(PORTAL in config))
    throw new ProblemException('forbidden', 'This is not for the session of a portal.');
  if (subscriptionId === undefined) return;
  const { subscriptionId: named } = params as { readonly subscriptionId?: string };
  if (named === undefined || !url?.includes(':subscriptionId')) {
    if (OF_ONE in config) return;
    throw new ProblemException('forbidden', 'This is not for the portal of a single subscription.');
  }
  if (named.toLowerCase() !== subscriptionId) throw notFoundProblem(SUBSCRIPTION_AGGREGATE, named);
}
