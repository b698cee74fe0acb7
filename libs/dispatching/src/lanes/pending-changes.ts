import type { DetachedDelivery, HeldDelivery, HeldLane } from '../ports.js';

type Settled = Pick<HeldDelivery, 'feedId' | 'lane' | 'offset'>;

/** What a run has to write down beside its cursor. */
export interface LaneChanges {
  readonly held: readonly HeldDelivery[];
  readonly lanes: readonly HeldLane[];
  readonly settled: readonly Settled[];
  readonly detached: readonly DetachedDelivery[];
}

const NOTHING: LaneChanges = { held: [], lanes: [], settled: [], detached: [] };

/** Rows of a run that the database does not have yet; those that are being saved are kept until that is confirmed. */
export class PendingChanges {
  #held: HeldDelivery[] = [];
  #settled: Settled[] = [];
  #detached: DetachedDelivery[] = [];
  readonly #lanes = new Map<string, HeldLane>();
  #inSave: LaneChanges = NOTHING;

  get size(): number {
    return this.#held.length + this.#settled.length + this.#detached.length + this.#lanes.size;
  }

  hold(delivery: HeldDelivery): void {
    this.#held.push(delivery);
  }

  settle(delivery: Settled): void {
    this.#settled.push(delivery);
  }

  detach(delivery: DetachedDelivery): void {
    this.#detached.push(delivery);
  }

  setLane(lane: HeldLane): void {
    this.#lanes.set(lane.lane, lane);
  }

  holdsOf(lane: string): boolean {
    return this.#held.some((delivery) => delivery.lane === lane);
  }

  collect(): LaneChanges {
    this.#inSave = {
      held: [...this.#held],
      lanes: [...this.#lanes.values()],
      settled: [...this.#settled],
      detached: [...this.#detached],
    };
    return this.#inSave;
  }

  /** What was collected last is durable. @returns the lanes of which the database knows now */
  confirm(): Set<string> {
    const { held, lanes, settled, detached } = this.#inSave;
    this.#held = this.#held.slice(held.length);
    this.#settled = this.#settled.slice(settled.length);
    this.#detached = this.#detached.slice(detached.length);
    for (const lane of lanes) if (this.#lanes.get(lane.lane) === lane) this.#lanes.delete(lane.lane);
    this.#inSave = NOTHING;
    return new Set([...held, ...lanes].map(({ lane }) => lane));
  }
}
