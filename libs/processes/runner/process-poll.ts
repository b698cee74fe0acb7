import pLimit from 'p-limit';
import { type Clock, inBackground, messageOf, type Stream } from '#libs/kernel';
import { exists, type Process } from '../core/index.js';
import type { FoundProcess } from '../postgres/process-index.repository.js';
import type { CommandSender } from './command-sender.js';
import type { ProcessInputs } from './process-inputs.js';

export interface PollParts {
  readonly index: {
    withTimerDue(by: number): AsyncIterable<readonly FoundProcess[]>;
    unanswered(since: number): AsyncIterable<readonly FoundProcess[]>;
    countStuck(): Promise<number>;
  };
  readonly inputs: Pick<ProcessInputs, 'look' | 'timer'>;
  readonly sender: Pick<CommandSender, 'update' | 'isSending' | 'hasRoom'>;
  readonly isOwner: (processId: string) => boolean;
  readonly clock: Clock;
  readonly onFailure: (error: Error) => void;
}

const TIMERS_EVERY_MS = 500;
/** Commands go out right after their event. This finds those that a lost process has left behind. */
const UNANSWERED_EVERY_MS = 2_000;
const UNANSWERED_AFTER_MS = 2_000;
const STUCK_EVERY_MS = 5_000;
const AT_ONCE = 32;

/**
 * Fires timers, and takes over commands that nobody sends, for the processes whose partitions this one owns. The read model
 * says where to look; what is due, the process itself says, so that a late or repeated look does no harm.
 */
export class ProcessPoll {
  readonly #stop = new AbortController();
  readonly #limit = pLimit(AT_ONCE);
  /** Why a loop fails, by its name. */
  readonly #faults = new Map<string, string>();
  #stuck = 0;

  constructor(private readonly parts: PollParts) {}

  /** Why timers do not fire, if they do not. */
  get fault(): string | undefined {
    const [fault] = this.#faults.values();
    return fault;
  }

  /** Processes of all tenants that are stuck, as of the last count. */
  get stuck(): number {
    return this.#stuck;
  }

  start(): void {
    this.#loop('timers', TIMERS_EVERY_MS, () => this.fireTimers());
    this.#loop('unanswered commands', UNANSWERED_EVERY_MS, () => this.takeOver());
    this.#loop('stuck processes', STUCK_EVERY_MS, async () => {
      this.#stuck = await this.parts.index.countStuck();
    });
  }

  stop(): void {
    this.#stop.abort();
  }

  async fireTimers(): Promise<void> {
    const now = this.parts.clock.now();
    await this.#forEach(this.parts.index.withTimerDue(now), async ({ state, tenant }) => {
      if (!exists(state)) return;
      for (const [name, dueAt] of Object.entries(state.timers))
        if (dueAt <= now) await this.parts.inputs.timer(state, tenant, name, dueAt);
    });
  }

  async takeOver(): Promise<void> {
    const { index, clock, sender } = this.parts;
    const found = index.unanswered(clock.now() - UNANSWERED_AFTER_MS);
    const isSendable = ({ processId, tenant }: FoundProcess) =>
      !sender.isSending(processId) && sender.hasRoom(tenant);
    await this.#forEach(found, async (stream) => sender.update(stream), isSendable);
  }

  async #forEach(
    pages: AsyncIterable<readonly FoundProcess[]>,
    work: (stream: Stream<Process>) => Promise<void>,
    isWanted: (found: FoundProcess) => boolean = () => true,
  ): Promise<void> {
    for await (const page of pages) {
      if (this.#stop.signal.aborted) return;
      const own = page.filter((found) => this.parts.isOwner(found.processId) && isWanted(found));
      const results = await Promise.allSettled(
        own.map(({ processId, tenant }) =>
          this.#limit(async () => work(await this.parts.inputs.look(processId, tenant))),
        ),
      );
      // One process that fails keeps no other from its turn.
      for (const result of results)
        if (result.status === 'rejected') this.parts.onFailure(result.reason as Error);
    }
  }

  #loop(name: string, everyMs: number, work: () => Promise<void>): void {
    const { clock, onFailure } = this.parts;
    const { signal } = this.#stop;
    inBackground(async () => {
      while (!signal.aborted) {
        try {
          await work();
          this.#faults.delete(name);
        } catch (error) {
          this.#faults.set(name, `${name} cannot be looked up: ${messageOf(error)}`);
        }
        await clock.sleep(everyMs, signal);
      }
    }, onFailure);
  }
}
