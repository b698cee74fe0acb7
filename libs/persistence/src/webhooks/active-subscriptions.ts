import type { Pool } from 'pg';
import type { FeedRevisions } from '#libs/dispatching';
import { SUBSCRIPTIONS_PROJECTION } from '#libs/projections';
import { prepared } from '../database/prepared-statement.js';

/** Which build of the read model queries see, and how far it has come: rows change together with it. */
const STANDING = prepared(`
  select concat(projection.build, ' ', string_agg(concat(topic, partition, '@', next_offset), ' ' order by topic, partition))
    as standing
  from projection join projection_checkpoint as checkpoint
    on checkpoint.projection = name and checkpoint.build = projection.build
  where name = $1 group by projection.build`);

/** By the last byte of the id, which is random. */
const PART = `get_byte(uuid_send(subscription_id), 15)`;
const PARTS = 256;

const DIGESTS = prepared(`
  select ${PART} as part, concat(count(*), ' ', bit_xor(hashtextextended(concat(subscription_id, revision), 0))) as digest
  from webhook_subscription where status = 'active' group by part`);

const REVISIONS = prepared(`
  select subscription_id as "subscriptionId", ${PART} as part, revision
  from webhook_subscription where status = 'active' and ${PART} = any($1::int[])`);

interface Part {
  readonly digest: string | undefined;
  readonly revisions: FeedRevisions;
}

const NOTHING: Part = { digest: undefined, revisions: new Map() };

/**
 * The revision of every subscription, of any tenant, that is to be delivered to. As it is asked for again and again, it is
 * compared with the database by digests of its parts, and only parts that differ are read: so that no change can be missed,
 * whatever commits in which order, and many subscriptions cost little while few of them change.
 */
export class ActiveSubscriptions {
  #standing: string | undefined;
  #parts: readonly Part[] = Array.from({ length: PARTS }, () => NOTHING);

  constructor(private readonly pool: Pick<Pool, 'query'>) {}

  /** In parts. One that is the same object as before has not changed. */
  async revisions(): Promise<readonly FeedRevisions[]> {
    // Before the rows: what commits in between is in them, and moves it once more.
    const { rows } = await this.pool.query<{ standing: string }>(STANDING([SUBSCRIPTIONS_PROJECTION]));
    const standing = rows[0]?.standing;
    if (standing === undefined || standing !== this.#standing) {
      this.#parts = await this.#read();
      this.#standing = standing;
    }
    return this.#parts.map(({ revisions }) => revisions);
  }

  async #read(): Promise<readonly Part[]> {
    const { rows } = await this.pool.query<{ part: number; digest: string }>(DIGESTS([]));
    const digests = new Map(rows.map(({ part, digest }) => [part, digest]));
    const moved = this.#parts.flatMap(({ digest }, part) => (digest === digests.get(part) ? [] : [part]));
    const read = new Map(moved.map((part) => [part, new Map<string, number>()]));
    if (moved.length > 0) {
      const found = await this.pool.query<{ subscriptionId: string; part: number; revision: number }>(
        REVISIONS([moved]),
      );
      for (const { subscriptionId, part, revision } of found.rows)
        read.get(part)?.set(subscriptionId, revision);
    }
    return this.#parts.map((known, part) => {
      const revisions = read.get(part);
      return revisions ? { digest: digests.get(part), revisions } : known;
    });
  }
}
