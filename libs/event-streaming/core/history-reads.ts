import {
  type EventBatch,
  formatPosition,
  type LogReader,
  type Position,
  type SizedEvent,
  TenantTurns,
} from '#libs/kernel';

/**
 * What readers read that the tail does not have. A tenant's readers that ask for the same place share one read. Few reads are
 * under way at once, so that however many are behind, memory is bounded; and tenants have their turn, one bounded piece each,
 * so that however much one searches, others get on.
 */
export class HistoryReads {
  /** Those that wait for their turn, or have it, by tenant and place. */
  readonly #wanted = new Map<string, Promise<EventBatch<SizedEvent>>>();
  /** Those that are under way, by place. */
  readonly #running = new Map<string, Promise<EventBatch<SizedEvent>>>();
  readonly #turns: TenantTurns;

  constructor(
    private readonly log: Pick<LogReader<SizedEvent>, 'fetch'>,
    atOnce: number,
  ) {
    // Each reader waits for one piece at a time, and readers are few already.
    this.#turns = new TenantTurns({ places: atOnce, waitingPerTenant: Number.POSITIVE_INFINITY });
  }

  read(tenant: string, from: Position): Promise<EventBatch<SizedEvent>> {
    const place = formatPosition(from);
    const key = `${place} ${tenant}`;
    const wanted = this.#wanted.get(key);
    if (wanted) return wanted;
    const read = this.ask(tenant, () => this.#read(place, from)).finally(() => this.#wanted.delete(key));
    this.#wanted.set(key, read);
    return read;
  }

  /** Another question to the log, that a tenant is to have its turn for. */
  ask<Answer>(tenant: string, question: () => Promise<Answer>): Promise<Answer> {
    return this.#turns.run(tenant, question);
  }

  /** Who has the turn, and finds another tenant reading there, waits for that: nobody waits for a turn of others. */
  #read(place: string, from: Position): Promise<EventBatch<SizedEvent>> {
    const running = this.#running.get(place);
    if (running) return running;
    const read = this.log.fetch(from).finally(() => this.#running.delete(place));
    this.#running.set(place, read);
    return read;
  }
}
