import type { FastifyRequest } from 'fastify';
import { principalOf } from '#libs/platform';

/** Whose request it is. @throws Error on public routes, which read nothing that tenants share */
export function tenantOf(request: FastifyRequest): string {
  const owner = principalOf(request);
  if (!owner) throw new Error('a public route has no tenant');
  return owner.tenant;
}
