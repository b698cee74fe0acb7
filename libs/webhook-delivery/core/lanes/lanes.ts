import { asError, inBackground } from '#libs/kernel';

/** Deliveries made one at a time, in order. A lane exists while it has any. */
export interface Lane<Item> {
  readonly id: string;
  /** The front item is being served. */
  readonly queue: readonly Item[];
}

/** Serves the front of a lane. Resolves to the number of items done; 0 when stopped. */
export type ServeLane<Item> = (lane: Lane<Item>) => Promise<number>;

interface QueuedLane<Item> extends Lane<Item> {
  readonly queue: Item[];
}

/** The lanes of one feed: each in order, all in parallel. */
export class Lanes<Item> {
  readonly #lanes = new Map<string, QueuedLane<Item>>();
  #idle: (() => void)[] = [];
  #queued = 0;

  /**
   * @param onProgress called when items are done
   * @param onCrash called when `serve` throws, which is a bug; the lane stops
   */
  constructor(
    private readonly serve: ServeLane<Item>,
    private readonly onProgress: () => void,
    private readonly onCrash: (error: Error) => void,
  ) {}

  /** Items waiting or being served. */
  get queued(): number {
    return this.#queued;
  }

  has(id: string): boolean {
    return this.#lanes.has(id);
  }

  add(id: string, item: Item): void {
    this.#queued++;
    const open = this.#lanes.get(id);
    if (open) {
      open.queue.push(item);
      return;
    }
    const lane: QueuedLane<Item> = { id, queue: [item] };
    this.#lanes.set(id, lane);
    inBackground(() => this.#run(lane), this.onCrash);
  }

  /** Resolves when all lanes are empty or stopped. */
  idle(): Promise<void> {
    if (this.#lanes.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#idle.push(resolve);
    });
  }

  async #run(lane: QueuedLane<Item>): Promise<void> {
    try {
      while (lane.queue.length > 0) {
        const done = await this.serve(lane);
        if (done === 0) break;
        lane.queue.splice(0, done);
        this.#queued -= done;
        this.onProgress();
      }
    } catch (thrown) {
      this.onCrash(asError(thrown));
    }
    this.#close(lane);
  }

  #close(lane: Lane<Item>): void {
    this.#lanes.delete(lane.id);
    if (this.#lanes.size > 0) return;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}
