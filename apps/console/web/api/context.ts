import { ownWrites } from './own-writes';

/** What every request of this page carries beside its own parameters. */
interface RequestContext {
  /** Proves that a change comes from this page; from the session. */
  csrfToken?: string | undefined;
  /** The tenant that an operator has picked; undefined: the session's own. */
  tenant?: string | undefined;
  /** Personal data is asked for, which the audit trail records. */
  showsPersonalData?: boolean;
}

export const requestContext: RequestContext = {};

const READS = new Set(['GET', 'HEAD']);
export const isRead = (method: string): boolean => READS.has(method);

const WITHOUT_TENANT = /^\/v1\/(?:operations|session)(?:\/|$)/;

export function contextHeaders(method: string, path: string): Record<string, string> {
  const { csrfToken, tenant, showsPersonalData } = requestContext;
  return {
    ...(isRead(method) && ownWrites()),
    ...(csrfToken !== undefined && !isRead(method) && { 'X-CSRF-Token': csrfToken }),
    ...(tenant !== undefined && !WITHOUT_TENANT.test(path) && { 'Orderstream-Tenant': tenant }),
    ...(showsPersonalData && { 'Orderstream-Personal-Data': 'show' }),
  };
}
