/** The acts that are recorded, each under its name. */
export const ACTS = [
  'api-key.created',
  'api-key.rotated',
  'api-key.revoked',
  'session.begun',
  'session.ended',
  'portal-link.created',
  'portal-link.opened',
  'personal-data.read',
  'personal-data.forgotten',
  'personal-data.rewrapped',
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
  // Everything else that an operator does: for a tenant, and under /v1/operations/.
  'tenant.read',
  'tenant.changed',
  'operations.read',
  'operations.changed',
] as const;
export type ActName = (typeof ACTS)[number];

/** By what an actor acts: a `session` is one of the console, and `portal` one that a link of the actor has opened. */
export const ACTOR_KINDS = ['key', 'token', 'session', 'portal', 'command-line'] as const;
export type ActorKind = (typeof ACTOR_KINDS)[number];

/**
 * - `succeeded`
 * - `refused`: it was not done, because it was not allowed, not valid or not possible.
 * - `failed`: a fault.
 * - `unknown`: nobody knows, for example because a process ended in the middle of it.
 */
export const ACT_OUTCOMES = ['succeeded', 'refused', 'failed', 'unknown'] as const;
export type ActOutcome = (typeof ACT_OUTCOMES)[number];

/** An act as it begins. It has names and ids only: never a body, a query or a secret. */
export interface BegunAct {
  /** A UUIDv7. */
  readonly actId: string;
  readonly act: ActName;
  /** The id of an API key, whom an access token is for, or a user of the operating system. */
  readonly actor: string;
  readonly actorKind: ActorKind;
  /** The tenant that it is done for; `null` for the whole system. */
  readonly tenant: string | null;
  /** What it is done to, such as `subscription`; `null` for nothing in particular. */
  readonly objectKind: string | null;
  readonly objectId: string | null;
  /** The method and pattern of a route, or a command of the command line. */
  readonly route: string;
  /** The client's address, or `user@host` for the command line. */
  readonly from: string;
  readonly requestId: string | null;
}

export interface ActEnd {
  readonly outcome: ActOutcome;
  /** The HTTP status of the answer. */
  readonly status: number | null;
}

/** An act that has ended. */
export interface Act extends BegunAct, ActEnd {
  /** When it began, as RFC 3339 text. */
  readonly at: string;
}

export const MAX_ACT_TEXT = 300;

/** Texts from outside, cut to what the log and its table hold. */
export const boundedAct = <Begun extends BegunAct>(act: Begun): Begun => ({
  ...act,
  actor: act.actor.slice(0, MAX_ACT_TEXT),
  objectId: act.objectId?.slice(0, MAX_ACT_TEXT) ?? null,
  route: act.route.slice(0, MAX_ACT_TEXT),
  from: act.from.slice(0, MAX_ACT_TEXT),
});
