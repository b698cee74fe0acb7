import { appendFileSync, existsSync, mkdirSync, readFileSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import type { LedgerEntry } from '#libs/payment-gateways/simulated';

/**
 * The gateway's operations as lines of JSON. A line is written before the operation is answered, so a killed gateway knows
 * after its restart whatever it has told anyone.
 */
export class Journal {
  readonly #file: string;

  constructor(directory: string) {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    this.#file = join(directory, 'operations.ndjson');
  }

  /** Removes a last line that a crash cut short, since nobody was told of it. */
  read(): LedgerEntry[] {
    if (!existsSync(this.#file)) return [];
    const text = readFileSync(this.#file, 'utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) truncateSync(this.#file, Buffer.byteLength(whole));
    return whole
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as LedgerEntry);
  }

  readonly append = (entry: LedgerEntry): void =>
    appendFileSync(this.#file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}
