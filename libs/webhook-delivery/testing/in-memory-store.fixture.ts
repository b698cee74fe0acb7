import type {
  BlockedLane,
  CursorSave,
  DispatchStore,
  DueBounds,
  FoundCursor,
  ParkedDelivery,
  PartitionChanges,
  PartitionClaim,
  SavedCursor,
} from '../core/ports.js';
import { KeptLanes } from './saved-lanes.fixture.js';

const NO_LANE_CHANGES = { parked: [], lanes: [], delivered: [], detached: [], pinned: [] };

/** The state that survives when the dispatcher of a partition crashes. */
interface Kept {
  owner: string;
  rest: number;
  number: number;
  readonly cursors: Map<string, SavedCursor>;
  readonly lanes: KeptLanes;
}

/** Cursors and lanes of one partition. */
export class InMemoryStore implements DispatchStore {
  kept: Kept | undefined;
  saves = 0;
  /** While it is set, everything fails with it. */
  outage: Error | undefined;
  now = (): number => 0;

  cursor(feedId: string): SavedCursor | undefined {
    const cursor = this.kept?.cursors.get(feedId);
    return cursor?.idle ? this.#advanced(cursor) : cursor;
  }

  parkedOf(feedId?: string): ParkedDelivery[] {
    return this.kept?.lanes.rows(feedId) ?? [];
  }

  lanesOf(feedId?: string): BlockedLane[] {
    return this.kept?.lanes.lanes(feedId) ?? [];
  }

  /** When a person skipped a delivery. */
  skippedAt(feedId: string, offset: number): number | undefined {
    return this.kept?.lanes.skippedAt({ feedId, offset });
  }

  async claim({ owner }: PartitionClaim, end: number): Promise<number> {
    this.#fail();
    this.kept ??= { owner, rest: end, number: 0, cursors: new Map(), lanes: new KeptLanes() };
    // The same one's number stays: a late save is still a late one.
    if (this.kept.owner !== owner) Object.assign(this.kept, { owner, number: 0 });
    return this.kept.rest;
  }

  async pinOthers(claim: PartitionClaim, served: readonly string[]): Promise<void> {
    this.#fail();
    const kept = this.#keptOf(claim);
    if (kept)
      this.#pin(
        kept,
        [...kept.cursors.keys()].filter((id) => !served.includes(id)),
      );
  }

  async activeCursors(
    _: PartitionClaim,
    revisions: ReadonlyMap<string, number>,
  ): Promise<ReadonlyMap<string, FoundCursor | null>> {
    this.#fail();
    const isAwake = (id: string, found: FoundCursor | null) =>
      !found?.cursor.idle || found.cursor.rulesRevision !== revisions.get(id);
    const all = [...revisions.keys()].map((id) => [id, this.#found(id) ?? null] as const);
    return new Map(all.filter(([id, found]) => isAwake(id, found)));
  }

  async cursorsOf(_: PartitionClaim, feedIds: readonly string[]): Promise<ReadonlyMap<string, FoundCursor>> {
    this.#fail();
    return new Map(
      feedIds.flatMap((id) => {
        const found = this.#found(id);
        return found ? [[id, found] as const] : [];
      }),
    );
  }

  async save(claim: PartitionClaim, changes: PartitionChanges): Promise<boolean> {
    this.#fail();
    const kept = this.#keptOf(claim);
    if (!kept || changes.number <= kept.number) return false;
    this.saves++;
    kept.number = changes.number;
    kept.rest = Math.max(kept.rest, changes.scannedOffset);
    kept.lanes.save(changes, (row) => isRepeated(row, kept.cursors, changes.cursors), this.now());
    this.#pin(kept, changes.pinned);
    for (const [id, cursor] of changes.cursors) {
      const before = kept.cursors.get(id);
      if (!before || !isOlder(cursor, before)) kept.cursors.set(id, structuredClone(cursor));
    }
    return true;
  }

  async saveCursors(saves: readonly CursorSave[]): Promise<ReadonlySet<PartitionClaim>> {
    this.#fail();
    const saved = new Set<PartitionClaim>();
    for (const { claim, changes } of saves)
      if (await this.save(claim, { ...NO_LANE_CHANGES, ...changes })) saved.add(claim);
    return saved;
  }

  async blockedAmong(
    _: PartitionClaim,
    feedId: string,
    lanes: readonly string[],
  ): Promise<ReadonlySet<string>> {
    this.#fail();
    return new Set(lanes.filter((lane) => this.kept?.lanes.has({ feedId, lane })));
  }

  async makeLanesDue(claim: PartitionClaim, endpointRevisions: ReadonlyMap<string, number>): Promise<void> {
    this.#fail();
    for (const [feedId, revision] of endpointRevisions)
      this.#keptOf(claim)?.lanes.hurry(feedId, revision, this.now());
  }

  async withRetries(claims: readonly PartitionClaim[]): Promise<ReadonlySet<PartitionClaim>> {
    this.#fail();
    return new Set(this.lanesOf().some(({ retryAt }) => retryAt !== null) ? claims : []);
  }

  async dueLanes(
    _: PartitionClaim,
    now: number,
    { perFeed, limit, except }: DueBounds,
  ): Promise<readonly BlockedLane[]> {
    this.#fail();
    const counts = new Map<string, number>();
    return this.lanesOf()
      .filter(({ feedId, retryAt }) => retryAt !== null && retryAt <= now && !except.includes(feedId))
      .toSorted((a, b) => (a.retryAt ?? 0) - (b.retryAt ?? 0))
      .filter(({ feedId }) => {
        const count = (counts.get(feedId) ?? 0) + 1;
        counts.set(feedId, count);
        return count <= perFeed;
      })
      .slice(0, limit);
  }

  async parkedDeliveries(
    _: PartitionClaim,
    feedId: string,
    lane: string,
    limit: number,
  ): Promise<readonly ParkedDelivery[]> {
    this.#fail();
    return (this.kept?.lanes.rows(feedId, lane) ?? []).slice(0, limit);
  }

  /** Redrives the dead letters of a feed, or of one of its lanes, as an operator would: they are due at once. */
  redrive(feedId: string, lane?: string): void {
    this.kept?.lanes.redrive(feedId, lane, this.now());
  }

  /** Skips dead letters, as an operator would. @returns the ones removed; the deliveries behind them are due. */
  skip(feedId: string, lane?: string): ParkedDelivery[] {
    return this.kept?.lanes.skip(feedId, lane, this.now()) ?? [];
  }

  #found(feedId: string): FoundCursor | undefined {
    const cursor = this.cursor(feedId);
    return cursor && { cursor: structuredClone(cursor), hasBlockedLanes: this.lanesOf(feedId).length > 0 };
  }

  #pin(kept: Kept, feedIds: Iterable<string>): void {
    for (const id of feedIds) {
      const cursor = kept.cursors.get(id);
      if (cursor?.idle) kept.cursors.set(id, { ...this.#advanced(cursor), idle: false });
    }
  }

  #advanced(cursor: SavedCursor): SavedCursor {
    return { ...cursor, watermark: Math.max(cursor.watermark, this.kept?.rest ?? 0) };
  }

  #keptOf({ owner }: PartitionClaim): Kept | undefined {
    return this.kept?.owner === owner ? this.kept : undefined;
  }

  #fail(): void {
    if (this.outage) throw this.outage;
  }
}

/** Only a rewind moves a cursor back. */
const isOlder = (a: SavedCursor, b: SavedCursor): boolean =>
  a.generation < b.generation || (a.generation === b.generation && a.watermark < b.watermark);

/** A row that came before, as an answer was lost. One that comes with a rewind is new. */
function isRepeated(
  { feedId, offset }: ParkedDelivery,
  kept: ReadonlyMap<string, SavedCursor>,
  saved: ReadonlyMap<string, SavedCursor>,
): boolean {
  const cursor = kept.get(feedId);
  if (!cursor || cursor.generation < (saved.get(feedId)?.generation ?? 0)) return false;
  return offset < cursor.watermark || cursor.finished.some(({ from, to }) => from <= offset && offset < to);
}
