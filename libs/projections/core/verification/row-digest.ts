import { hash } from 'node:crypto';

/** The first 64 bits of the SHA-256. */
export const hash64 = (text: string): bigint => hash('sha256', text, 'buffer').readBigUInt64BE();

/** The digest of a set of rows in any order: the sum of their hashes modulo 2^64. */
export class RowDigest {
  #rows = 0;
  #sum = 0n;

  /** @param hash of the row's text, see {@link hash64} */
  add(hash: bigint): void {
    this.addAll(1, hash);
  }

  /** @param sum of the rows' hashes */
  addAll(rows: number, sum: bigint): void {
    this.#rows += rows;
    this.#sum = BigInt.asUintN(64, this.#sum + sum);
  }

  get rows(): number {
    return this.#rows;
  }

  get sum(): bigint {
    return this.#sum;
  }

  get text(): string {
    return this.#sum.toString(16).padStart(16, '0');
  }
}
