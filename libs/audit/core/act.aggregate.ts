import { defineAggregate } from '#libs/kernel';
import { actDecider, isRecordedAct } from './act-decider.js';

/** Whose events acts are. No tenant has this name, because a tenant's has no space: so no tenant is ever shown one. */
export const AUDIT_TENANT = 'the system';

export const ACT_AGGREGATE = defineAggregate({
  topic: 'audit',
  decider: actDecider,
  subject: 'actId',
  link: (actId) => `/v1/operations/audit/${actId}`,
  notFound: { code: 'act-not-found', noun: 'act' },
  problems: {
    'act-not-found': { status: 404, title: 'Act not found', meaning: 'No act of this id was recorded.' },
  },
  table: {
    name: 'audit_act',
    projection: 'audit',
    version: 1,
    key: 'uuid',
    columns: {
      acted_at: { type: 'bigint', of: ({ at }) => Date.parse(at) },
      act: { type: 'keyword', of: ({ act }) => act },
      actor: { type: 'text', of: ({ actor }) => actor },
      // Empty for none: a column holds no null.
      for_tenant: { type: 'text', of: ({ tenant }) => tenant ?? '' },
    },
    hasRow: isRecordedAct,
  },
});
