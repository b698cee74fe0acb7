import { createHash } from 'node:crypto';

/** The first 64 bits of the SHA-256. */
export const hash64 = (text: string): bigint => createHash('sha256').update(text).digest().readBigUInt64BE();

/** Of a set of rows, in whichever order they come: the sum of their hashes, modulo 2^64. */
export class RowDigest {
  #rows = 0;
  #sum = 0n;

  /** @param hash of the row, see {@link hash64} */
  add(hash: bigint): void {
    this.#rows += 1;
    this.#sum = BigInt.asUintN(64, this.#sum + hash);
  }

  get rows(): number {
    return this.#rows;
  }

  get text(): string {
    return this.#sum.toString(16).padStart(16, '0');
  }
}
