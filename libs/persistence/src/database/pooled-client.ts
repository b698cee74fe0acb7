import { Client, type ClientConfig } from 'pg';
import { isBrokenSession } from './database-outage.js';

/**
 * A connection of a pool that ends itself when it is of no more use, such as one to a server that has become read-only:
 * the pool would hand it to the next one, again and again.
 */
export class PooledClient extends Client {
  constructor(config?: string | ClientConfig) {
    super(config);
    // The pool listens to those that nobody uses. One that is lost between two queries of a transaction, or while it is
    // thrown away, would end the process if nobody listened; whoever uses it is told by its next query.
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
