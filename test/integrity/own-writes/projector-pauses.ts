import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '#libs/kernel';
import type { EmbeddedProcess } from '../../../tools/launcher/embedded.mjs';

const RUNS_MS = [100, 1_000] as const;
/** Some longer than a query waits, all shorter than the session of the projector's group. */
const PAUSED_MS = [50, 3_500] as const;

/** Stops a projector in the middle of whatever it does, and lets it go on. */
export class ProjectorPauses {
  #resumed: Promise<void> = Promise.resolve();
  #resume = (): void => {};
  #count = 0;

  constructor(private readonly projector: EmbeddedProcess) {}

  get count(): number {
    return this.#count;
  }

  /** At once if it is running. */
  get resumed(): Promise<void> {
    return this.#resumed;
  }

  pause(): void {
    this.#count++;
    this.#resumed = new Promise((resolve) => {
      this.#resume = resolve;
    });
    this.projector.pause();
  }

  resume(): void {
    this.projector.resume();
    this.#resume();
  }

  /** At random moments, until it is to end; it runs after that. */
  async repeat(random: SeededRandom, goesOn: () => boolean): Promise<void> {
    while (goesOn()) {
      await sleep(random.between(...RUNS_MS));
      this.pause();
      await sleep(random.between(...PAUSED_MS));
      this.resume();
    }
  }
}
