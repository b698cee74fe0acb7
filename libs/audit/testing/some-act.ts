import { newId } from '#libs/kernel';
import type { Act, BegunAct } from '../core/index.js';

export const someBegunAct = (more: Partial<BegunAct> = {}): BegunAct => ({
  actId: newId(),
  act: 'webhook-secret.rotated',
  actor: newId(),
  actorKind: 'key',
  tenant: 'acme',
  objectKind: 'subscription',
  objectId: newId(),
  route: 'POST /v1/webhook-subscriptions/:subscriptionId/secret/rotate',
  from: '192.0.2.1',
  requestId: 'a-request',
  ...more,
});

export const someAct = (more: Partial<Act> = {}): Act => ({
  ...someBegunAct(),
  outcome: 'succeeded',
  status: 200,
  at: '2026-01-01T00:00:00.000Z',
  ...more,
});
