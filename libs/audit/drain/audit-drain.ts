import { type Act, ACT_AGGREGATE, AUDIT_TENANT } from '../core/index.js';
import type { AuditOutbox } from '../postgres/index.js';
import { type Commands, processRequest } from '#libs/commands';
import { asError } from '#libs/kernel';

type Outbox = Pick<AuditOutbox, 'recordable' | 'remove'>;

export interface DrainParts {
  readonly commands: Pick<Commands, 'send'>;
  /** Gives the work the outbox, unless another process drains it now. */
  readonly alone: (work: (outbox: Outbox) => Promise<void>) => Promise<void>;
  readonly onFailure: (error: Error) => void;
}

const BATCH = 100;

/**
 * Moves ended acts from the outbox to the topic. The stream of an act has the act's id, and keeps its first record: so two
 * drains, or one that crashed before it removed the row, record an act once.
 */
export class AuditDrain {
  #isWanted = false;
  #running: Promise<void> | undefined;
  #isStopped = false;

  constructor(private readonly parts: DrainParts) {}

  /** Drains soon. Never throws. */
  wake(): void {
    this.#isWanted = true;
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    while (this.#isWanted && !this.#isStopped) {
      this.#isWanted = false;
      try {
        await this.parts.alone((outbox) => this.drain(outbox));
      } catch (error) {
        this.parts.onFailure(asError(error));
      }
    }
    this.#running = undefined;
  }

  /** @throws if an act could not be recorded, once the others of its batch were */
  async drain(outbox: Outbox): Promise<void> {
    while (!this.#isStopped) {
      const acts = await outbox.recordable(BATCH);
      if (acts.length === 0) return;
      const results = await Promise.allSettled(acts.map((act) => this.#record(act)));
      const recorded = acts.filter((_, index) => results[index]?.status === 'fulfilled');
      await outbox.remove(recorded.map(({ actId }) => actId));
      const failed = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult | undefined;
      if (failed) throw asError(failed.reason);
    }
  }

  async #record(act: Act): Promise<void> {
    const { actId, actor, requestId } = act;
    const cause = {
      tenant: AUDIT_TENANT,
      actor,
      commandId: actId,
      correlationId: requestId ?? actId,
      causationId: null,
    };
    const request = processRequest(cause, actId, { type: 'record-act', ...act } as const);
    const result = await this.parts.commands.send(ACT_AGGREGATE, request);
    if (!result.ok) throw new Error(result.problem.detail);
  }
}
