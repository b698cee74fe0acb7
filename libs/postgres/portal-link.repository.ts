import { Inject, Injectable } from '@nestjs/common';
import type { StoredSession } from '#libs/platform';
import { insertSession, type RecordSession } from './session.repository.js';
import { PrismaService } from './prisma.service.js';
import type { PrismaClient } from './generated/client.js';

/** Links of one actor that can still be opened or have not expired yet. */
const MOST_LINKS = 1_000;

export interface NewPortalLink {
  /** Of the token in the link. */
  readonly hash: string;
  readonly tenant: string;
  /** Who made it. */
  readonly actor: string;
  /** The API key of the actor: neither the link nor its session outlives it. */
  readonly keyHash: string | null;
  readonly subscriptionId: string | null;
  readonly sessionMs: number;
  readonly expiresAt: Date;
}

export type UsedPortalLink = Omit<NewPortalLink, 'hash' | 'expiresAt'>;

@Injectable()
export class PortalLinkRepository {
  constructor(
    @Inject(PrismaService) private readonly prisma: Pick<PrismaClient, '$transaction' | '$executeRaw'>,
  ) {}

  /** @returns whether there was room for another link of the actor */
  async add(link: NewPortalLink): Promise<boolean> {
    const { hash, tenant, actor, keyHash, subscriptionId, sessionMs, expiresAt } = link;
    const added = await this.prisma.$executeRaw`
      insert into portal_link (hash, tenant, actor, key_hash, subscription_id, session_ms, expires_at)
      select ${hash}, ${tenant}, ${actor}, ${keyHash}, ${subscriptionId}::uuid, ${sessionMs}, ${expiresAt}
      where (
        select count(*) from (
          select from portal_link where actor = ${actor} and expires_at > now() limit ${MOST_LINKS}
        ) as waiting) < ${MOST_LINKS}`;
    return added === 1;
  }

  /**
   * Opens a link, which only the first to come can, and begins its session with it: both happen, or neither.
   * @param sessionOf the session that a link begins
   * @param recordOf records the act
   * @returns `undefined` for a link that is unknown, used or over, or whose key is no longer valid
   */
  open<Session extends StoredSession>(
    hash: string,
    sessionOf: (link: UsedPortalLink) => Session,
    recordOf: (session: Session) => RecordSession,
  ): Promise<Session | undefined> {
    return this.prisma.$transaction(async (tx) => {
      const [used] = await tx.$queryRaw<(Omit<UsedPortalLink, 'sessionMs'> & { sessionMs: bigint })[]>`
        update portal_link set used_at = now()
        where hash = ${hash} and used_at is null and expires_at > now() and (
          key_hash is null or exists (
            select from api_key
            where api_key.hash = key_hash and revoked_at is null and
              (api_key.expires_at is null or api_key.expires_at > now())))
        returning tenant, actor, key_hash as "keyHash", subscription_id as "subscriptionId", session_ms as "sessionMs"`;
      if (!used) return undefined;
      const session = sessionOf({ ...used, sessionMs: Number(used.sessionMs) });
      await insertSession(tx, session);
      await recordOf(session)(tx);
      return session;
    });
  }
}
