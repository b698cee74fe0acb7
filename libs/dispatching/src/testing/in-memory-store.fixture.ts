import type { CursorState } from '../cursor.js';
import type { ClaimedCursor, CursorClaim, CursorStore, ParkedDeliveries, ParkedDelivery } from '../ports.js';

interface CursorRow {
  owner: string;
  state: CursorState;
}

const BEGINNING: CursorState = { watermark: 0, finished: [], previousEventId: null };

/** What survives a crash: cursors and parked deliveries of one partition. */
export class InMemoryStore implements CursorStore, ParkedDeliveries {
  readonly cursors = new Map<string, CursorRow>();
  readonly parked = new Map<string, ParkedDelivery[]>();
  saves = 0;
  /** While it is set, everything fails with it. */
  outage: Error | undefined;

  begin(subscriptionId: string, watermark: number): void {
    this.cursors.set(subscriptionId, { owner: '', state: { ...BEGINNING, watermark } });
  }

  async claim({ owner }: CursorClaim, ids: readonly string[]): Promise<ReadonlyMap<string, ClaimedCursor>> {
    this.#fail();
    return new Map(
      ids.map((id) => {
        const state = this.cursors.get(id)?.state ?? BEGINNING;
        this.cursors.set(id, { owner, state });
        return [id, { state, hasParked: this.parked.has(id) }];
      }),
    );
  }

  async save({ owner }: CursorClaim, cursors: ReadonlyMap<string, CursorState>): Promise<readonly string[]> {
    this.#fail();
    this.saves++;
    const lost: string[] = [];
    for (const [id, state] of cursors) {
      const row = this.cursors.get(id);
      if (row?.owner === owner) row.state = structuredClone(state);
      else lost.push(id);
    }
    return lost;
  }

  async firstOffsets(
    _: CursorClaim,
    id: string,
    lanes: readonly string[],
  ): Promise<ReadonlyMap<string, number>> {
    this.#fail();
    const first = new Map<string, number>();
    for (const { lane, position } of this.parked.get(id) ?? []) {
      if (lanes.includes(lane) && !first.has(lane)) first.set(lane, position.offset);
    }
    return first;
  }

  async park({ owner }: CursorClaim, id: string, deliveries: readonly ParkedDelivery[]): Promise<boolean> {
    this.#fail();
    if (this.cursors.get(id)?.owner !== owner) return false;
    const rows = this.parked.get(id) ?? [];
    const known = new Set(rows.map(({ position }) => position.offset));
    this.parked.set(id, [...rows, ...deliveries.filter(({ position }) => !known.has(position.offset))]);
    return true;
  }

  #fail(): void {
    if (this.outage) throw this.outage;
  }
}
