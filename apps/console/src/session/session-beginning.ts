import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { ActName, ActorKind, BegunAct } from '#libs/audit/core';
import { recordAct } from '#libs/audit/postgres';
import { newId } from '#libs/kernel';
import {
  clientAddressOf,
  csrfTokenOf,
  hashSessionToken,
  makeSessionToken,
  MAX_SESSION_MS,
  type Principal,
  ProblemException,
  SessionAuthenticator,
  SessionCookie,
  type StoredSession,
} from '#libs/platform';
import { SessionRepository } from '#libs/postgres';
import type { SessionDocument } from './session.schemas.js';

/** Whoever has proved who they are. */
export interface LoggedIn extends Omit<StoredSession, 'hash' | 'endsAt' | 'subscriptionId'> {
  /** How they proved it. */
  readonly by: Exclude<ActorKind, 'command-line'>;
  /** When that proof ends, and the session with it. */
  readonly provedUntil?: Date | undefined;
}

/** Begins sessions of the console: each is an act, and without its record there is none. */
@Injectable()
export class SessionBeginning {
  constructor(
    private readonly repository: SessionRepository,
    private readonly sessions: SessionAuthenticator,
    private readonly cookie: SessionCookie,
  ) {}

  async begin(
    { by, provedUntil, ...who }: LoggedIn,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<SessionDocument> {
    const token = makeSessionToken();
    const end = Math.min(Date.now() + MAX_SESSION_MS, provedUntil?.getTime() ?? Infinity);
    const stored = { ...who, hash: hashSessionToken(token), subscriptionId: null, endsAt: new Date(end) };
    const act = actOfLogIn('session.begun', request, { actor: who.actor, actorKind: by, tenant: who.tenant });
    await this.repository.begin(stored, (tx) => recordAct(tx, act));
    return this.answer(token, stored, request, reply);
  }

  /** Hands a session that was stored to its browser. */
  async answer(
    token: string,
    { kind, endsAt }: Pick<StoredSession, 'kind' | 'endsAt'>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<SessionDocument> {
    const principal = await this.sessions.principalOf(token, () => clientAddressOf(request));
    if (!principal) throw new ProblemException('unauthorized', 'The session ended as soon as it began.');
    // One that was made for the other use would stay beside it.
    this.cookie.clear(reply);
    this.cookie.set(reply, token, endsAt, kind === 'portal' ? 'portal' : 'console');
    void reply.header('cache-control', 'no-store');
    return sessionDocument(principal, token);
  }
}

/** @throws for a principal without a session */
export function sessionDocument(
  { session, tenant, actor, scopes, expiresAt }: Principal,
  token: string,
): SessionDocument {
  if (!session || !expiresAt) throw new Error('only a session has this document');
  const { kind, subscriptionId } = session;
  return {
    kind,
    tenant,
    actor,
    scopes: [...scopes],
    ...(subscriptionId !== undefined && { subscriptionId }),
    csrfToken: csrfTokenOf(token),
    expiresAt: expiresAt.toISOString(),
  };
}

/** The act of somebody who was not known when the request arrived. */
export const actOfLogIn = (
  act: ActName,
  request: FastifyRequest,
  who: Pick<BegunAct, 'actor' | 'actorKind' | 'tenant'>,
): BegunAct => ({
  actId: newId(),
  act,
  ...who,
  objectKind: null,
  objectId: null,
  route: `${request.method} ${request.routeOptions.url ?? ''}`,
  from: clientAddressOf(request),
  requestId: request.id,
});
