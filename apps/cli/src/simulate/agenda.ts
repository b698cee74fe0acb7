import { type Clock, inBackground, messageOf } from '#libs/kernel';

/** The fate of work that is not yet due when the run ends. */
type AtEnd = 'starts-at-once' | 'is-dropped';

interface Entry {
  readonly cancel: () => void;
  readonly start: () => void;
  readonly atEnd: AtEnd;
}

/** The work that players have started or will start later. */
export class Agenda {
  readonly #later = new Set<Entry>();
  #running = 0;
  #isEnding = false;

  /** @param onFault a fault of the simulator itself */
  constructor(
    private readonly clock: Clock,
    private readonly onFault: (sentence: string) => void,
  ) {}

  get running(): number {
    return this.#running;
  }

  now(work: () => Promise<void>): void {
    this.#running++;
    inBackground(
      () => work().finally(() => this.#running--),
      (error) => this.onFault(`the simulator failed: ${messageOf(error)}`),
    );
  }

  after(ms: number, atEnd: AtEnd, work: () => Promise<void>): void {
    const start = (): void => this.now(work);
    if (this.#isEnding) {
      if (atEnd === 'starts-at-once') start();
      return;
    }
    const cancel = this.clock.after(ms, () => {
      this.#later.delete(entry);
      start();
    });
    const entry: Entry = { cancel, start, atEnd };
    this.#later.add(entry);
  }

  /** From now on nothing waits for its time: it is started or dropped. */
  end(): void {
    this.#isEnding = true;
    for (const { cancel, start, atEnd } of this.#later) {
      cancel();
      if (atEnd === 'starts-at-once') start();
    }
    this.#later.clear();
  }
}
