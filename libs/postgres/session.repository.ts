import { Inject, Injectable } from '@nestjs/common';
import type { SessionKind, SessionStore, StoredSession } from '#libs/platform';
import { PrismaService } from './prisma.service.js';
import type { Prisma, PrismaClient } from './generated/client.js';
import { arrayLiteral } from './statements.js';

/** Where processes hear of a session that has ended. The payload is its hash. */
export const SESSION_CHANNEL = 'orderstream_session';

/** Sessions of one kind that an actor may have at once. One more ends the oldest. */
const MOST_OF_ACTOR: Readonly<Record<SessionKind, number>> = {
  'api-key': 100,
  oidc: 100,
  'development-key': 100,
  // Each link of an actor opens one, for somebody else.
  portal: 1_000,
};

/** Rows that one statement of the clean-up deletes. */
const DELETED_AT_ONCE = 1_000;

type Transaction = Prisma.TransactionClient;
type Row = Omit<StoredSession, 'kind'> & { readonly kind: string };

/** Records the begin of a session in the transaction that makes it. */
export type RecordSession = (transaction: Transaction) => Promise<void>;

/** Adds a session to the transaction, and ends the oldest of its actor if there are too many. */
export async function insertSession(transaction: Transaction, session: StoredSession): Promise<void> {
  const { hash, kind, tenant, actor, scopes, keyHash, subscriptionId, endsAt } = session;
  await transaction.session.create({
    data: { hash, kind, tenant, actor, scopes: [...scopes], keyHash, subscriptionId, endsAt },
  });
  await transaction.$executeRaw`
    with ended as (
      delete from session where hash in (
        select hash from session where actor = ${actor} and kind = ${kind}
        order by created_at desc, hash offset ${MOST_OF_ACTOR[kind]})
      returning hash
    ) select pg_notify(${SESSION_CHANNEL}, hash) from ended`;
}

@Injectable()
export class SessionRepository implements SessionStore {
  constructor(
    @Inject(PrismaService)
    private readonly prisma: Pick<PrismaClient, 'session' | '$transaction' | '$executeRaw' | '$queryRaw'>,
  ) {}

  async findByHashes(hashes: readonly string[]): Promise<ReadonlyMap<string, StoredSession>> {
    const rows = await this.prisma.$queryRaw<Row[]>`
      select hash, kind, tenant, actor, scopes, key_hash as "keyHash", subscription_id as "subscriptionId",
        ends_at as "endsAt"
      from session
      where hash = any(${arrayLiteral(hashes)}::text[]) and ends_at > now() and seen_at > now() - interval '1 hour'`;
    return new Map(rows.map((row) => [row.hash, { ...row, kind: row.kind as SessionKind }]));
  }

  /** In one statement, and only where a minute has passed, because several processes may tell of the same session. */
  async noteUse(hashes: readonly string[]): Promise<void> {
    await this.prisma.$executeRaw`
      update session set seen_at = now()
      where hash in (
        select hash from session
        where hash = any(${arrayLiteral(hashes)}::text[]) and seen_at <= now() - interval '1 minute'
        for update skip locked)`;
  }

  /** @param record records the act; without it, no session begins */
  begin(session: StoredSession, record: RecordSession): Promise<void> {
    return this.prisma.$transaction(async (tx) => {
      await insertSession(tx, session);
      await record(tx);
    });
  }

  /** Ends a session everywhere at once. */
  async end(hash: string): Promise<void> {
    await this.prisma.$executeRaw`
      with ended as (delete from session where hash = ${hash} returning hash)
      select pg_notify(${SESSION_CHANNEL}, hash) from ended`;
  }

  /** Deletes sessions that have ended, and links that can no longer be opened. */
  async tidy(): Promise<void> {
    const tidied = () => this.prisma.$executeRaw`
      delete from session where hash in (
        select hash from session where ends_at < now() order by ends_at limit ${DELETED_AT_ONCE})`;
    while ((await tidied()) === DELETED_AT_ONCE);
    const links = () => this.prisma.$executeRaw`
      delete from portal_link where hash in (
        select hash from portal_link where expires_at < now() order by expires_at limit ${DELETED_AT_ONCE})`;
    while ((await links()) === DELETED_AT_ONCE);
  }
}
