const waiting: (() => void)[] = [];

function serveNext(): void {
  const next = waiting.shift();
  if (waiting.length > 0) setImmediate(serveNext);
  next?.();
}

/**
 * Resolves when it is this caller's turn to go on with long work. Callers go on one at a time, and the process answers
 * everything else in between: however much work there is, nobody waits for more than one piece of it.
 */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    if (waiting.push(resolve) === 1) setImmediate(serveNext);
  });

/** Cuts long work into pieces of about the same size. */
export class Pieces {
  #done = 0;

  /** @param size of a piece, in whatever the work is measured by */
  constructor(private readonly size: number) {}

  /** To be called before some work; resolves at once, or when it is this work's turn again. */
  before(work: number): Promise<void> | undefined {
    this.#done += work;
    if (this.#done <= this.size) return undefined;
    this.#done = work;
    return nextTurn();
  }
}
