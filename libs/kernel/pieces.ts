const waiting: (() => void)[] = [];

function serveNext(): void {
  const next = waiting.shift();
  if (waiting.length > 0) setImmediate(serveNext);
  next?.();
}

/**
 * Resolves when it is the caller's turn to continue long work. Callers continue one at a time and the event loop runs in
 * between, so nothing waits for more than one piece of work.
 */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(serveNext);
  });

/** Splits long work into pieces of about the same size. */
export class Pieces {
  #done = 0;

  /** @param size size of a piece, in the unit of {@link before} */
  constructor(private readonly size: number) {}

  /** Call before each part of the work. Returns nothing to wait for, or a promise for the next turn. */
  before(work: number): Promise<void> | undefined {
    this.#done += work;
    if (this.#done <= this.size) return undefined;
    this.#done = work;
    return nextTurn();
  }
}
