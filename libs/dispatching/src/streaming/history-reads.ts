import { formatPosition, type Position } from '#libs/kernel';
import type { LogPiece, StreamedLog } from './ports.js';

/**
 * What readers read that the tail does not have. Those who ask for the same place share one read, and few are under way
 * at once, so that however many are behind, memory is bounded.
 */
export class HistoryReads {
  readonly #running = new Map<string, Promise<LogPiece>>();
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(
    private readonly log: StreamedLog,
    atOnce: number,
  ) {
    this.#free = atOnce;
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
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await this.log.read(from);
    } finally {
      // Handed on without being free in between, so that nobody can push in.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
