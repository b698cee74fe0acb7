import { formatPosition, type Position } from '#libs/kernel';
import { AttemptSlots } from '../attempt-slots.js';
import { StopSignal } from '../stop-signal.js';
import type { LogPiece, StreamedLog } from './ports.js';

const ALL = 'history';

/**
 * What readers read that the tail does not have. Those who ask for the same place share one read, and few are under way
 * at once, so that however many are behind, memory is bounded.
 */
export class HistoryReads {
  readonly #running = new Map<string, Promise<LogPiece>>();
  readonly #slots: AttemptSlots;
  readonly #never = new StopSignal();

  constructor(
    private readonly log: StreamedLog,
    atOnce: number,
  ) {
    this.#slots = new AttemptSlots(atOnce);
  }

  read(from: Position): Promise<LogPiece> {
    const key = formatPosition(from);
    const running = this.#running.get(key);
    if (running) return running;
    const read = this.#read(from).finally(() => this.#running.delete(key));
    this.#running.set(key, read);
    return read;
  }

  async #read(from: Position): Promise<LogPiece> {
    await this.#slots.take(ALL, this.#never);
    try {
      return await this.log.read(from);
    } finally {
      this.#slots.free(ALL);
    }
  }
}
