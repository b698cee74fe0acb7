import type { FastifyRequest } from 'fastify';
import { ProblemException } from '../http/problem.js';
import { invalidRequest } from '../http/validation.js';
import type { Principal } from './caller.js';
import { needsSession, scopeOf } from './route-access.js';
import { ALL_OF_A_TENANT } from './scopes.js';
import { isTenantName, TENANT_NAME_PATTERN, TENANT_NAME_RULE } from './tenant-name.js';

export const TENANT_HEADER = 'Orderstream-Tenant';

/** For the description of the API. */
export const tenantHeaderParameter = {
  name: TENANT_HEADER,
  in: 'header' as const,
  required: false,
  description:
    'For callers with the scope `operator`: the tenant that the request is made for, with all scopes of a tenant. ' +
    'Each such request is recorded in the topic `audit`. From other callers, it gets 403.',
  schema: { type: 'string' as const, pattern: TENANT_NAME_PATTERN },
};

/**
 * Who makes the request: an operator that names a tenant acts for it, with all scopes of a tenant beside its own.
 * @throws ProblemException for the header from anybody else, or if it does not name a tenant
 */
export function actingPrincipal(request: FastifyRequest, principal: Principal): Principal {
  const tenant = request.headers['orderstream-tenant'];
  if (tenant === undefined) return principal;
  if (!principal.scopes.has('operator')) {
    const detail = `${TENANT_HEADER} needs the scope operator, which your key or access token does not have.`;
    throw new ProblemException('forbidden', detail);
  }
  // Node joins a header that is sent twice with a comma, which no name has.
  if (!isTenantName(tenant)) throw wrongHeader(`must be one tenant's name: ${TENANT_NAME_RULE}`);
  if (needsSession(request)) throw wrongHeader('must be absent here: this is about the session itself');
  if (scopeOf(request) === 'operator') throw wrongHeader('must be absent here: this is about all tenants');
  const scopes = new Set([...principal.scopes, ...ALL_OF_A_TENANT]);
  return { ...principal, tenant, ownTenant: principal.tenant, scopes };
}

const wrongHeader = (message: string): ProblemException =>
  invalidRequest([{ path: [TENANT_HEADER], message }]);
