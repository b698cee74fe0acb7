import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../seeded-random.js';
import type { Interruption } from './evidence.js';
import type { WebhookTestbed } from './webhook-testbed.js';

/** Of the group by which dispatchers share the partitions, and a little more: others have them by then. */
const FROZEN_MS = 8_000;
/** For so long changes of subscriptions are not heard. */
const UNHEARD_MS = 3_000;

export const WEBHOOK_FAULTS = [
  'kill-dispatcher',
  'freeze-projector',
  'kill-postgres',
  'freeze-dispatcher',
  'kill-kafka',
  'kill-all-dispatchers',
  'restart-dispatcher',
  'restart-postgres',
] as const;
export type WebhookFault = (typeof WEBHOOK_FAULTS)[number];

/** Between any two others: those that count. */
const MOST_OFTEN = 'kill-dispatcher';

/** One fault after the other, until it is stopped; every fault is healed. */
export class WebhookFaults {
  readonly interruptions: Interruption[] = [];
  kills = 0;
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    private readonly testbed: WebhookTestbed,
    private readonly random: SeededRandom,
    private readonly log: (line: string) => void,
  ) {}

  /** @returns when all has been healed after `stop`; rejects if something does not come back. */
  run(): Promise<void> {
    this.#running ??= this.#rounds();
    return this.#running;
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  counts(): Record<string, number> {
    return Object.fromEntries(
      WEBHOOK_FAULTS.map((fault) => [
        `faults ${fault}`,
        this.interruptions.filter(({ kind }) => kind === fault).length,
      ]),
    );
  }

  async #rounds(): Promise<void> {
    // Each kind once before any comes again, the ones that a short run should have first.
    for (let round = 0; ; round++) {
      const order = round === 0 ? WEBHOOK_FAULTS : this.random.shuffled(WEBHOOK_FAULTS);
      for (const fault of order.flatMap((each) =>
        each === MOST_OFTEN ? [each] : ([each, MOST_OFTEN] as const),
      )) {
        if (this.#stop.signal.aborted) return;
        const at = performance.now();
        await this.#inflict(fault);
        this.interruptions.push({ kind: fault, at, until: performance.now() });
        const pause = this.random.between(300, 1_500);
        await sleep(pause, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      }
    }
  }

  async #inflict(fault: WebhookFault): Promise<void> {
    const { dispatchers, postgres, kafka, projector } = this.testbed;
    const index = this.random.between(0, dispatchers.length - 1);
    const dispatcher = dispatchers[index];
    this.log(fault.endsWith('-dispatcher') ? `${fault} ${index}` : fault);
    switch (fault) {
      case 'kill-dispatcher':
        this.kills++;
        // Sometimes it is back before its session is over, sometimes others have taken its partitions by then.
        return dispatcher?.restart('SIGKILL', () =>
          sleep(this.random.chance(0.3) ? this.random.between(0, FROZEN_MS) : 0),
        );
      case 'kill-all-dispatchers':
        this.kills += dispatchers.length;
        await Promise.all(dispatchers.map((each) => each.restart('SIGKILL')));
        return undefined;
      case 'restart-dispatcher':
        return dispatcher?.restart('SIGTERM');
      case 'freeze-dispatcher':
        dispatcher?.app.pause();
        await sleep(FROZEN_MS + this.random.between(0, 3_000));
        // It takes itself for the one that delivers, until it finds out.
        dispatcher?.app.resume();
        return undefined;
      case 'freeze-projector':
        projector.pause();
        await sleep(UNHEARD_MS + this.random.between(0, 1_000));
        projector.resume();
        return undefined;
      case 'kill-postgres':
        return postgres.restart('SIGKILL');
      case 'restart-postgres':
        return postgres.restart('SIGTERM');
      case 'kill-kafka':
        return kafka.restart('SIGKILL');
    }
  }
}
