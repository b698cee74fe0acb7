import type { Item, Query } from '../../api/answer';

export type Act = Item<'/v1/operations/audit'>;
export type ActQuery = Query<'/v1/operations/audit'>;

/** Those that one looks for. The list shows others, too. */
export const ACT_NAMES = [
  'api-key.created',
  'api-key.rotated',
  'api-key.revoked',
  'session.begun',
  'session.ended',
  'portal-link.created',
  'portal-link.opened',
  'personal-data.read',
  'tenant-limits.set',
  'webhook-secret.shown',
  'webhook-secret.rotated',
  'dead-letters.redriven',
  'dead-letters.skipped',
  'replay.created',
  'replay.cancelled',
  'payment.reviewed',
  'payment.refunded',
  'process.retried',
  'process.cancelled',
  'system.deployed',
  'log.accepted',
  'analyst.created',
  'analyst.removed',
  'read-model.rebuilt',
  'projection.retried',
  'projection.skipped',
  'projection.replayed',
  'tenant.read',
  'tenant.changed',
  'operations.read',
  'operations.changed',
] as const satisfies readonly ActQuery['act'][];
