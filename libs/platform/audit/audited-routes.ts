import { applyDecorators } from '@nestjs/common';
import { ApiExtension } from '@nestjs/swagger';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ActName, BegunAct } from '#libs/audit/core';
import { isStorable } from '#libs/contracts';
import { isUuid, newId } from '#libs/kernel';
import { principalOf } from '../auth/caller.js';
import { needsSession, scopeOf } from '../auth/route-access.js';
import { clientAddressOf } from '../http/client-address.js';
import { AddRouteConfig } from '../http/route-config.js';
import { redactSecrets } from '../observability/redact-secrets.js';

const ACT = 'orderstream:act';

/** Marks a route as an act that is recorded, whoever makes the request. The document of the API names the act. */
export const Audited = (act: ActName): MethodDecorator =>
  applyDecorators(AddRouteConfig({ [ACT]: act }), ApiExtension('x-audited', act));

/** Path parameters that clients choose freely. */
const CLIENTS_IDS: ReadonlySet<string> = new Set(['sku', 'cartId', 'projection']);

const actIn = (config: object | undefined): ActName | undefined =>
  config && ACT in config ? (config[ACT] as ActName) : undefined;

/** Whether a route is an act whoever makes the request, and whatever they ask for. */
export const hasActOfItsOwn = ({ routeOptions: { config } }: FastifyRequest): boolean =>
  actIn(config) !== undefined;

/** Makes an app refuse to start if it has an audited route, but nothing that keeps acts. */
export function requireActLog(fastify: FastifyInstance): void {
  let audited: string | undefined;
  fastify.addHook('onRoute', ({ method, url, config }) => {
    if (actIn(config)) audited = `${String(method)} ${url}`;
  });
  fastify.addHook('onReady', (done) => {
    done(audited === undefined ? undefined : new Error(`${audited} is audited, but the app has no act log`));
  });
}

/**
 * The act that a request is, if it is one. Call it once the request may be made.
 * @param asksForPersonalData whether it asks for what is hidden otherwise, which is an act too
 */
export function actOf(request: FastifyRequest, asksForPersonalData = false): BegunAct | undefined {
  const principal = principalOf(request);
  if (!principal) return undefined;
  const isOperations = !needsSession(request) && scopeOf(request) === 'operator';
  const act =
    actIn(request.routeOptions.config) ??
    (asksForPersonalData ? 'personal-data.read' : undefined) ??
    (isOperations || principal.ownTenant !== undefined ? generalAct(request, isOperations) : undefined);
  if (act === undefined) return undefined;
  return {
    actId: newId(),
    act,
    actor: principal.actor,
    actorKind: principal.actorKind ?? 'key',
    tenant: isOperations ? null : principal.tenant,
    ...objectOf(request),
    route: `${request.method} ${request.routeOptions.url ?? ''}`,
    from: clientAddressOf(request),
    requestId: request.id,
  };
}

function generalAct({ method }: FastifyRequest, isOperations: boolean): ActName {
  const isRead = method === 'GET' || method === 'HEAD';
  if (isOperations) return isRead ? 'operations.read' : 'operations.changed';
  return isRead ? 'tenant.read' : 'tenant.changed';
}

/** What the last parameter of the path names: `subscriptionId` is the id of a `subscription`. */
function objectOf({ params }: FastifyRequest): Pick<BegunAct, 'objectKind' | 'objectId'> {
  const [name, id] = Object.entries(params as Readonly<Record<string, string>>).at(-1) ?? [];
  if (name === undefined || id === undefined) return { objectKind: null, objectId: null };
  // Anything that is no id could be a secret that was pasted at the wrong place, or not be stored at all.
  const isId = CLIENTS_IDS.has(name) ? isStorable(id) && redactSecrets(id) === id : isUuid(id);
  return { objectKind: name.replace(/Id$/, ''), objectId: isId ? id : null };
}
