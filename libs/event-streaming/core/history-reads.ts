import {
  type EventBatch,
  formatPosition,
  type LogReader,
  type Position,
  type SizedEvent,
  TenantTurns,
} from '#libs/kernel';

/**
 * Reads what the tail no longer holds. Few reads run at once, so memory stays bounded however many readers are behind.
 * Tenants take turns, one bounded read each, and a tenant's readers at the same place share a read.
 */
export class HistoryReads {
  /** Waiting and running reads, by tenant and place. */
  readonly #wanted = new Map<string, Promise<EventBatch<SizedEvent>>>();
  /** Running reads, by place. */
  readonly #running = new Map<string, Promise<EventBatch<SizedEvent>>>();
  readonly #turns: TenantTurns;

  constructor(
    private readonly log: Pick<LogReader<SizedEvent>, 'fetch'>,
    atOnce: number,
  ) {
    // Readers are limited in number, and each waits for one read at a time.
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

  ask<Answer>(tenant: string, question: () => Promise<Answer>): Promise<Answer> {
    return this.#turns.run(tenant, question);
  }

  /** Joins another tenant's running read of the same place, if there is one. */
  #read(place: string, from: Position): Promise<EventBatch<SizedEvent>> {
    const running = this.#running.get(place);
    if (running) return running;
    const read = this.log.fetch(from).finally(() => this.#running.delete(place));
    this.#running.set(place, read);
    return read;
  }
}
