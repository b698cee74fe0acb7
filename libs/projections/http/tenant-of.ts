import type { FastifyRequest } from 'fastify';
import { ownerOf } from '#libs/platform';

/** Whose request it is. @throws Error on public routes, which read nothing that tenants share */
export function tenantOf(request: FastifyRequest): string {
  const owner = ownerOf(request);
  if (!owner) throw new Error('a public route has no tenant');
  return owner.tenant;
}
