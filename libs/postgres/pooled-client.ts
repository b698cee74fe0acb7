import { Client, type ClientConfig } from 'pg';
import { isBrokenSession } from './database-outage.js';

/**
 * A pooled connection that ends itself once its session is broken, for example because the server became read-only. The
 * pool would otherwise keep handing it out.
 */
export class PooledClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    // The pool listens to idle connections only. Losing one between two queries of a transaction, or while it is being
    // closed, would end the process without this listener; the next query reports the loss.
    this.on('error', () => undefined);
    const query = this.query.bind(this) as (...given: unknown[]) => unknown;
    this.query = ((...given: unknown[]) => {
      const answer = query(...given);
      if (answer instanceof Promise) answer.catch((error: unknown) => this.#endIfSpent(error));
      return answer;
    }) as typeof this.query;
  }

  #endIfSpent(error: unknown): void {
    if (isBrokenSession(error)) void this.end().catch(() => undefined);
  }
}
