import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import type { Pool } from 'pg';
import type { FeedRevisions } from '../core/feeds/feed-index.js';
import { prepared } from '#libs/postgres';

/** The build of the read model that queries see, and its checkpoints. They change in one transaction with the rows. */
const STANDING = prepared(`
  select concat(projection.build, ' ', string_agg(concat(topic, partition, '@', next_offset), ' ' order by topic, partition))
    as standing
  from projection join projection_checkpoint as checkpoint
    on checkpoint.projection = name and checkpoint.build = projection.build
  where name = $1 group by projection.build`);

const PARTS = 256;
/** The last byte of the id, which is random. */
const PART = `get_byte(uuid_send(subscription_id), 15)`;

/** The rows of all parts whose digests differ from the given ones. One snapshot makes each digest match its rows. */
const MOVED = prepared(`
  with found as (
    select ${PART} as part, concat(count(*), ' ', bit_xor(hashtextextended(concat(subscription_id, revision), 0))) as digest
    from webhook_subscription where status = 'active' group by part
  ), moved as (
    select number as part, coalesce(digest, '') as digest
    from generate_series(0, ${PARTS - 1}) as number left join found on part = number
    where coalesce(digest, '') <> ($1::text[])[number + 1]
  )
  select part, digest, subscription_id as "subscriptionId", revision
  from moved left join webhook_subscription on ${PART} = part and status = 'active'`);

interface MovedRow {
  readonly part: number;
  readonly digest: string;
  /** `null` if the part is now empty. */
  readonly subscriptionId: string | null;
  readonly revision: number;
}

interface Part {
  readonly digest: string;
  readonly revisions: FeedRevisions;
}

const NOTHING: Part = { digest: '', revisions: new Map() };

/**
 * The revisions of all active subscriptions of all tenants. Frequent reads stay cheap because only parts whose digests
 * differ are read from the database. Comparing digests finds every change, whatever the order of commits.
 */
export class ActiveSubscriptions {
  #standing: string | undefined;
  #parts: readonly Part[] = Array.from({ length: PARTS }, () => NOTHING);

  constructor(private readonly pool: Pick<Pool, 'query'>) {}

  /** Returns the revisions in parts. A part that is the same object as before has not changed. */
  async revisions(): Promise<readonly FeedRevisions[]> {
    // Read before the rows, so that a commit in between is in them and causes one more read.
    const { rows } = await this.pool.query<{ standing: string }>(
      STANDING([SUBSCRIPTION_AGGREGATE.table.projection]),
    );
    const standing = rows[0]?.standing;
    if (standing === undefined || standing !== this.#standing) {
      this.#parts = await this.#read();
      this.#standing = standing;
    }
    return this.#parts.map(({ revisions }) => revisions);
  }

  async #read(): Promise<readonly Part[]> {
    const { rows } = await this.pool.query<MovedRow>(MOVED([this.#parts.map(({ digest }) => digest)]));
    const moved = new Map<number, { digest: string; revisions: Map<string, number> }>();
    for (const { part, digest, subscriptionId, revision } of rows) {
      const found = moved.get(part) ?? { digest, revisions: new Map<string, number>() };
      moved.set(part, found);
      if (subscriptionId !== null) found.revisions.set(subscriptionId, revision);
    }
    return this.#parts.map((known, part) => moved.get(part) ?? known);
  }
}
