import type { DetachedDelivery, ParkedDelivery, BlockedLane } from '../ports.js';

type DeliveredRow = Pick<ParkedDelivery, 'feedId' | 'lane' | 'offset'>;

/** Lane changes to save beside a cursor. */
export interface LaneChanges {
  readonly parked: readonly ParkedDelivery[];
  readonly lanes: readonly BlockedLane[];
  readonly delivered: readonly DeliveredRow[];
  readonly detached: readonly DetachedDelivery[];
}

const NOTHING: LaneChanges = { parked: [], lanes: [], delivered: [], detached: [] };

/** Lane changes of a feed that are not saved yet. Those being saved are kept until the save is confirmed. */
export class PendingChanges {
  #parked: ParkedDelivery[] = [];
  #delivered: DeliveredRow[] = [];
  #detached: DetachedDelivery[] = [];
  readonly #lanes = new Map<string, BlockedLane>();
  #inSave: LaneChanges = NOTHING;

  get size(): number {
    return this.#parked.length + this.#delivered.length + this.#detached.length + this.#lanes.size;
  }

  park(delivery: ParkedDelivery): void {
    this.#parked.push(delivery);
  }

  markDelivered(delivery: DeliveredRow): void {
    this.#delivered.push(delivery);
  }

  detach(delivery: DetachedDelivery): void {
    this.#detached.push(delivery);
  }

  setLane(lane: BlockedLane): void {
    this.#lanes.set(lane.lane, lane);
  }

  parksIn(lane: string): boolean {
    return this.#parked.some((delivery) => delivery.lane === lane);
  }

  collect(): LaneChanges {
    this.#inSave = {
      parked: [...this.#parked],
      lanes: [...this.#lanes.values()],
      delivered: [...this.#delivered],
      detached: [...this.#detached],
    };
    return this.#inSave;
  }

  /** Call once the last collected changes are durable. @returns the lanes that the database now knows */
  confirm(): Set<string> {
    const { parked, lanes, delivered, detached } = this.#inSave;
    this.#parked = this.#parked.slice(parked.length);
    this.#delivered = this.#delivered.slice(delivered.length);
    this.#detached = this.#detached.slice(detached.length);
    for (const lane of lanes) if (this.#lanes.get(lane.lane) === lane) this.#lanes.delete(lane.lane);
    this.#inSave = NOTHING;
    return new Set([...parked, ...lanes].map(({ lane }) => lane));
  }
}
