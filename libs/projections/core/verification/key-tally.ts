import { hash64 } from './row-digest.js';

const BUCKETS = 65_536;

/**
 * Finds the few keys by which one set exceeds a subset of it, without storing either: add the keys of the subset, and
 * subtract those of the larger set. A bucket with one subtraction too many holds the hash of that key.
 */
export class KeyTally {
  readonly #counts = new Int32Array(BUCKETS);
  readonly #sums = new BigUint64Array(BUCKETS);
  #size = 0;

  /** Added keys minus subtracted ones. */
  get size(): number {
    return this.#size;
  }

  add(key: string): void {
    this.#change(hash64(key), 1);
  }

  subtract(key: string): void {
    this.#change(hash64(key), -1);
  }

  /** Whether this is the only key of its bucket that was subtracted but not added. Several in one bucket stay unknown. */
  isSurplus(key: string): boolean {
    const hash = hash64(key);
    const bucket = Number(hash & 0xffffn);
    return this.#counts[bucket] === -1 && this.#sums[bucket] === BigInt.asUintN(64, -hash);
  }

  #change(hash: bigint, by: 1 | -1): void {
    const bucket = Number(hash & 0xffffn);
    this.#size += by;
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + by;
    this.#sums[bucket] = (this.#sums[bucket] ?? 0n) + (by === 1 ? hash : -hash);
  }
}
