import type { BlockedLane, ParkedDelivery, PartitionChanges } from '../core/ports.js';

/** A lane, and after how many attempts a person redrove it. Its rows tell the front. */
interface KeptLane extends Omit<BlockedLane, 'offset'> {
  readonly releasedAfter: number | null;
}

type InLane = Pick<BlockedLane, 'feedId' | 'lane'>;

const laneKey = ({ feedId, lane }: InLane): string => `${feedId} ${lane}`;
const rowKey = ({ feedId, offset }: Pick<ParkedDelivery, 'feedId' | 'offset'>): string =>
  `${feedId} ${offset}`;

/** Lanes that wait, as the database keeps them. */
export class KeptLanes {
  readonly #rows = new Map<string, ParkedDelivery>();
  readonly #lanes = new Map<string, KeptLane>();
  /** When people skipped which rows. */
  readonly #skips = new Map<string, number>();
  /** Of the rows of each lane that has any. */
  readonly #offsets = new Map<string, Set<number>>();

  rows(feedId?: string, lane?: string): ParkedDelivery[] {
    return [...this.#rows.values()]
      .filter((row) => row.feedId === (feedId ?? row.feedId) && row.lane === (lane ?? row.lane))
      .toSorted((a, b) => a.offset - b.offset);
  }

  lanes(feedId?: string): BlockedLane[] {
    return [...this.#lanes.values()]
      .filter((lane) => lane.feedId === (feedId ?? lane.feedId))
      .map(({ releasedAfter: _, ...lane }) => ({ ...lane, offset: this.#frontOf(lane) }));
  }

  has(lane: InLane): boolean {
    return this.#lanes.has(laneKey(lane));
  }

  /** @param isRepeated an earlier save with a lost answer wrote it, and it may be gone since */
  save(changes: PartitionChanges, isRepeated: (row: ParkedDelivery) => boolean, now: number): void {
    for (const row of changes.parked) {
      if (isRepeated(row) || this.#rows.has(rowKey(row))) continue;
      const front = this.#frontOf(row);
      this.#put(structuredClone(row));
      this.#open(row, now);
      if (row.offset < front) this.#goOn(row, now);
    }
    const left = [...this.#removeDelivered(changes.delivered), ...this.#detach(changes.detached, now)];
    for (const lane of left) this.#goOn(lane, now);
    for (const lane of changes.lanes) this.#tell(structuredClone(lane));
  }

  hurry(feedId: string, endpointRevision: number, now: number): void {
    for (const [key, lane] of this.#lanes) {
      if (lane.feedId !== feedId || lane.endpointRevision === endpointRevision || lane.retryAt === null)
        continue;
      this.#lanes.set(key, { ...lane, retryAt: Math.min(lane.retryAt, now) });
    }
  }

  redrive(feedId: string, only: string | undefined, now: number): void {
    for (const lane of this.#dead(feedId, only)) {
      const released = { ...lane, attempts: 0, retryAt: now, releasedAfter: lane.attempts };
      this.#lanes.set(laneKey(lane), released);
    }
  }

  skip(feedId: string, only: string | undefined, now: number): ParkedDelivery[] {
    return this.#dead(feedId, only).flatMap((lane) => {
      const front = this.rows(feedId, lane.lane).slice(0, 1);
      for (const row of front) {
        this.#take(row);
        this.#skips.set(rowKey(row), now);
      }
      this.#goOn(lane, now);
      return front;
    });
  }

  skippedAt(row: Pick<ParkedDelivery, 'feedId' | 'offset'>): number | undefined {
    return this.#skips.get(rowKey(row));
  }

  #dead(feedId: string, only: string | undefined): KeptLane[] {
    return [...this.#lanes.values()].filter(
      ({ feedId: id, lane, retryAt }) => id === feedId && retryAt === null && lane === (only ?? lane),
    );
  }

  #put(row: ParkedDelivery): void {
    this.#rows.set(rowKey(row), row);
    this.#offsets.set(laneKey(row), (this.#offsets.get(laneKey(row)) ?? new Set()).add(row.offset));
  }

  #take(row: Pick<ParkedDelivery, 'feedId' | 'offset'>): ParkedDelivery | undefined {
    const parked = this.#rows.get(rowKey(row));
    if (!parked) return undefined;
    this.#rows.delete(rowKey(row));
    const offsets = this.#offsets.get(laneKey(parked));
    offsets?.delete(parked.offset);
    if (offsets?.size === 0) this.#offsets.delete(laneKey(parked));
    return parked;
  }

  /** Offset of the first row; infinite without any. */
  #frontOf(lane: InLane): number {
    let front = Number.POSITIVE_INFINITY;
    for (const offset of this.#offsets.get(laneKey(lane)) ?? []) front = Math.min(front, offset);
    return front;
  }

  #open({ feedId, lane }: InLane, now: number): void {
    if (this.has({ feedId, lane })) return;
    const state = { attempts: 0, retryAt: now, lastError: null, releasedAfter: null, endpointRevision: 0 };
    this.#lanes.set(laneKey({ feedId, lane }), { feedId, subscriptionId: feedId, lane, ...state });
  }

  /** @returns the removed rows */
  #removeDelivered(rows: PartitionChanges['delivered']): ParkedDelivery[] {
    return rows.flatMap((row) => this.#take(row) ?? []);
  }

  /** @returns the rows before the move */
  #detach(rows: PartitionChanges['detached'], now: number): ParkedDelivery[] {
    return rows.flatMap(({ newLane, ...row }) => {
      const parked = this.#rows.get(rowKey(row));
      if (parked?.lane !== row.lane) return [];
      this.#take(parked);
      this.#put({ ...parked, lane: newLane });
      this.#open({ ...row, lane: newLane }, now);
      return parked;
    });
  }

  /** Updates a lane whose front has changed. */
  #goOn(row: InLane, now: number): void {
    const key = laneKey(row);
    const lane = this.#lanes.get(key);
    if (!this.#offsets.has(key)) this.#lanes.delete(key);
    else if (lane)
      this.#lanes.set(key, { ...lane, attempts: 0, retryAt: now, lastError: null, releasedAfter: null });
  }

  /** A dead letter that comes again after it was redriven is known by its attempts. */
  #tell({ offset, ...lane }: BlockedLane): void {
    const key = laneKey(lane);
    const known = this.#lanes.get(key);
    if (this.#frontOf(lane) !== offset) return;
    const isRepeated = known?.releasedAfter === lane.attempts && lane.retryAt === null;
    this.#lanes.set(key, { ...(isRepeated ? known : lane), releasedAfter: null });
  }
}
