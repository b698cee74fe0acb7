import { Injectable } from '@nestjs/common';
import type { ClaimedCursor, CursorClaim, CursorState, CursorStore, OffsetRange } from '#libs/dispatching';
import { PrismaService } from '../database/prisma.service.js';

interface CursorRow {
  readonly subscription_id: string;
  readonly watermark: bigint;
  readonly finished: bigint[];
  readonly previous_event_id: string | null;
}

/** Subscriptions in one statement: bounds its size, and how long its locks are held. */
const CHUNK = 1_000;

/** The cursors of subscriptions, each moved only by the dispatcher that claimed it last. */
@Injectable()
export class WebhookCursorRepository implements CursorStore {
  constructor(private readonly prisma: PrismaService) {}

  async claim(
    claim: CursorClaim,
    subscriptionIds: readonly string[],
  ): Promise<ReadonlyMap<string, ClaimedCursor>> {
    const cursors = new Map<string, ClaimedCursor>();
    for (const ids of chunksOf(subscriptionIds)) {
      const rows = await this.#take(claim, ids);
      // After the claim and not with it: only now has the former owner certainly parked its last.
      const parked = await this.#withParked(claim, ids);
      for (const row of rows) {
        cursors.set(row.subscription_id, { state: toState(row), hasParked: parked.has(row.subscription_id) });
      }
    }
    return cursors;
  }

  async save(claim: CursorClaim, cursors: ReadonlyMap<string, CursorState>): Promise<readonly string[]> {
    const lost: string[] = [];
    for (const chunk of chunksOf([...cursors])) {
      const saved = await this.#write(claim, chunk);
      for (const [id] of chunk) if (!saved.has(id)) lost.push(id);
    }
    return lost;
  }

  #take({ owner, topic, partition }: CursorClaim, ids: readonly string[]): Promise<CursorRow[]> {
    return this.prisma.$queryRaw<CursorRow[]>`
      insert into webhook_cursor (subscription_id, topic, partition, watermark, owner)
      select id, ${topic}, ${partition}::int, 0, ${owner}::uuid
      from webhook_subscription
      where id = any(${ids}::uuid[]) and status = 'active'
      order by id
      on conflict (subscription_id, topic, partition) do update set owner = excluded.owner
      returning subscription_id, watermark, finished, previous_event_id`;
  }

  async #withParked({ topic, partition }: CursorClaim, ids: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.prisma.$queryRaw<{ id: string }[]>`
      select id from unnest(${ids}::uuid[]) as wanted (id)
      where exists (
        select from parked_delivery
        where subscription_id = wanted.id and topic = ${topic} and partition = ${partition}::int)`;
    return new Set(rows.map(({ id }) => id));
  }

  async #write(
    { owner, topic, partition }: CursorClaim,
    cursors: readonly (readonly [string, CursorState])[],
  ): Promise<ReadonlySet<string>> {
    // A write that was given up and arrives late must not take the cursor back: hence the look at the watermark.
    const rows = await this.prisma.$queryRaw<{ subscription_id: string }[]>`
      update webhook_cursor as saved
      set watermark = moved.watermark,
        finished = moved.finished::bigint[],
        previous_event_id = nullif(moved.previous_event_id, '')::uuid
      from unnest(
        ${cursors.map(([id]) => id)}::uuid[],
        ${cursors.map(([, { watermark }]) => watermark)}::bigint[],
        ${cursors.map(([, { finished }]) => toArrayLiteral(finished))}::text[],
        ${cursors.map(([, { previousEventId }]) => previousEventId ?? '')}::text[]
      ) as moved (subscription_id, watermark, finished, previous_event_id)
      where saved.subscription_id = moved.subscription_id
        and saved.topic = ${topic} and saved.partition = ${partition}::int
        and saved.owner = ${owner}::uuid and saved.watermark <= moved.watermark
      returning saved.subscription_id`;
    return new Set(rows.map(({ subscription_id }) => subscription_id));
  }
}

const toState = ({ watermark, finished, previous_event_id }: CursorRow): CursorState => ({
  watermark: Number(watermark),
  finished: toRanges(finished.map(Number)),
  previousEventId: previous_event_id,
});

const toRanges = (bounds: readonly number[]): OffsetRange[] =>
  bounds.flatMap((from, index) => {
    const to = bounds[index + 1];
    return index % 2 === 0 && to !== undefined ? [{ from, to }] : [];
  });

/** Arrays of arrays lose their inner bounds in `unnest`; as text they keep them. */
const toArrayLiteral = (ranges: readonly OffsetRange[]): string =>
  `{${ranges.map(({ from, to }) => `${from},${to}`).join(',')}}`;

function* chunksOf<Item>(items: readonly Item[]): Generator<Item[]> {
  for (let start = 0; start < items.length; start += CHUNK) yield items.slice(start, start + CHUNK);
}
