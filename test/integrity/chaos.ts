import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '#libs/kernel';
import { FaultSchedule } from './fault-schedule.js';
import { killBroker, swallowAnswers } from './broker-faults.js';
import type { Testbed } from './testbed.js';

/** The session timeout of the group by which instances share the partitions. */
const SESSION_TIMEOUT_MS = 6_000;

/** Until what is sent to a frozen instance lies in its sockets. */
const ARRIVAL_MS = 300;

export const FAULTS = [
  'kill-instance',
  'freeze-instance',
  'restart-instance',
  'kill-broker',
  'swallow-answers',
] as const;
export type Fault = (typeof FAULTS)[number];

/** Faults of instances and brokers, each kind once in every round. */
export class Chaos extends FaultSchedule<Fault> {
  constructor(
    private readonly testbed: Pick<Testbed, 'servers' | 'instances'>,
    faults: readonly Fault[],
    seed: number,
    private readonly log: (line: string) => void,
    /** Called while an instance is frozen whose partitions others have by now: what it is sent, it gets as a zombie. */
    private readonly beforeWaking: (instance: number) => void,
  ) {
    super(faults, new SeededRandom(seed), [500, 2_000]);
  }

  protected inflict(fault: Fault): Promise<void> {
    switch (fault) {
      case 'kill-instance':
        return this.#restartInstance(fault, 'SIGKILL');
      case 'restart-instance':
        return this.#restartInstance(fault, 'SIGTERM');
      case 'freeze-instance':
        return this.#freezeInstance();
      case 'kill-broker':
        return killBroker(this.testbed.servers, this.random, this.log);
      case 'swallow-answers':
        return swallowAnswers(this.testbed.servers, this.random, this.log);
    }
  }

  async #restartInstance(fault: Fault, signal: NodeJS.Signals): Promise<void> {
    const index = this.#anyInstance();
    const { processes = 1 } = this.testbed.instances[index] ?? {};
    if (fault === 'kill-instance' && processes > 1 && this.random.chance(0.7)) {
      const number = this.random.between(1, processes);
      this.log(`${fault} ${index}, but only its process ${number}`);
      await this.testbed.instances[index]?.killProcess(number);
      return;
    }
    // It may come back before its session ends, or after others have taken its partitions.
    const awayMs = this.random.between(0, fault === 'kill-instance' ? SESSION_TIMEOUT_MS + 1_000 : 500);
    this.log(`${fault} ${index}, back after ${awayMs} ms`);
    await this.testbed.instances[index]?.restart(signal, () => sleep(awayMs));
  }

  /** It wakes up as a zombie: it takes itself for the owner of partitions that others have claimed. */
  async #freezeInstance(): Promise<void> {
    const index = this.#anyInstance();
    const app = this.testbed.instances[index]?.app;
    // Long enough for the others to take its partitions over, and to change what it remembers.
    const frozenMs = SESSION_TIMEOUT_MS + this.random.between(4_000, 7_000);
    this.log(`freeze-instance ${index} for ${frozenMs} ms`);
    app?.pause();
    await sleep(frozenMs);
    this.beforeWaking(index);
    await sleep(ARRIVAL_MS);
    app?.resume();
  }

  #anyInstance = (): number => this.random.between(0, this.testbed.instances.length - 1);
}
