import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { ActorKind } from '#libs/audit/core';
import type { Scope } from './scopes.js';
import type { SessionKind } from './sessions/sessions.js';

/** What is known of the session by whose cookie a request was made. */
export interface CallerSession {
  readonly kind: SessionKind;
  /** Of its token. */
  readonly hash: string;
  /** The API key that it ends with. */
  readonly keyHash?: string;
  /** The only subscription that it sees. */
  readonly subscriptionId?: string;
}

/** Who makes a request, and what they may do. */
export interface Principal {
  /** The id of an API key, or who an access token is for. */
  readonly actor: string;
  readonly tenant: string;
  readonly scopes: ReadonlySet<Scope>;
  /** When the credential ends. Nothing may be answered to it after that, also on a stream that is open. */
  readonly expiresAt?: Date;
  /** Default: `key`. */
  readonly actorKind?: Exclude<ActorKind, 'command-line'>;
  /**
   * For an operator that acts for `tenant` by Orderstream-Tenant: its own tenant. Its connections and the memory of its
   * requests count there, so that a tenant which floods does not lock out who comes to help.
   */
  readonly ownTenant?: string;
  /** Absent for an API key or an access token. */
  readonly session?: CallerSession;
}

/** How long the credential is still good for, in milliseconds: for ever if it has no end. Bounds everything that waits. */
export const msUntilExpiry = ({ expiresAt }: Principal, now: number): number =>
  expiresAt ? Math.max(0, expiresAt.getTime() - now) : Infinity;

const PRINCIPAL = Symbol('principal');

type AuthenticatedRequest = FastifyRequest & { [PRINCIPAL]?: Principal };

/** Who makes the request; `undefined` before authentication and on public routes. */
export const principalOf = (request: FastifyRequest): Principal | undefined =>
  (request as AuthenticatedRequest)[PRINCIPAL];

export function setPrincipal(request: FastifyRequest, principal: Principal): void {
  (request as AuthenticatedRequest)[PRINCIPAL] = principal;
}

export const Caller = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal =>
    callerOf(context.switchToHttp().getRequest<FastifyRequest>()),
);

/** @throws on a public route */
export function callerOf(request: FastifyRequest): Principal {
  const principal = principalOf(request);
  if (!principal) throw new Error('a public route has no caller');
  return principal;
}
