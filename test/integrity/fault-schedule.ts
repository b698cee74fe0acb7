import type { SeededRandom } from '#libs/kernel';
import { setTimeout as sleep } from 'node:timers/promises';

/** When a fault was inflicted, and until when it was healed, by the clock of {@link performance}. */
export interface Interruption {
  readonly kind: string;
  readonly at: number;
  readonly until: number;
}

/** Inflicts one fault after another until it is stopped. Each is healed before the next. */
export abstract class FaultSchedule<Fault extends string> {
  readonly interruptions: Interruption[] = [];
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  protected constructor(
    private readonly faults: readonly Fault[],
    protected readonly random: SeededRandom,
    private readonly pauseMs: readonly [from: number, to: number],
  ) {}

  /** Resolves once it is stopped, or after the last round, and everything is healed; rejects if something does not come back. */
  run(rounds = Number.POSITIVE_INFINITY): Promise<void> {
    this.#running ??= this.#rounds(rounds);
    return this.#running;
  }

  /** Inflicts no further fault, and waits until the current one is healed. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  counts(): Record<string, number> {
    return Object.fromEntries(
      this.faults.map((fault) => [
        `faults ${fault}`,
        this.interruptions.filter(({ kind }) => kind === fault).length,
      ]),
    );
  }

  protected abstract inflict(fault: Fault): Promise<unknown>;

  /** Each kind of fault once, in any order. */
  protected orderOf(_round: number): readonly Fault[] {
    return this.random.shuffled(this.faults);
  }

  async #rounds(count: number): Promise<void> {
    const { signal } = this.#stop;
    for (let round = 0; round < count; round++) {
      for (const fault of this.orderOf(round)) {
        if (signal.aborted) return;
        const at = performance.now();
        const index = this.interruptions.push({ kind: fault, at, until: Number.POSITIVE_INFINITY }) - 1;
        await this.inflict(fault);
        this.interruptions[index] = { kind: fault, at, until: performance.now() };
        await sleep(this.random.between(...this.pauseMs), undefined, { signal }).catch(() => undefined);
      }
    }
  }
}
