import { hash64 } from './row-digest.js';

const BUCKETS = 65_536;

/**
 * Finds the few keys that one set has more than another, which it contains, without keeping either: the keys of the
 * smaller are added, those of the larger are taken away. A bucket from which one was taken too many knows its hash.
 */
export class KeyTally {
  readonly #counts = new Int32Array(BUCKETS);
  readonly #sums = new BigUint64Array(BUCKETS);
  #size = 0;

  /** Added, less those taken away. */
  get size(): number {
    return this.#size;
  }

  add(key: string): void {
    this.#change(hash64(key), 1);
  }

  subtract(key: string): void {
    this.#change(hash64(key), -1);
  }

  /** Whether this is the one key of its bucket that was taken away and not added. Of several nothing can be told. */
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
