import { v7, validate } from 'uuid';

/** Randomness is cheap by the page and dear by the piece. */
const pool = new Uint8Array(4_096);
let used = pool.length;

function random16(): Uint8Array {
  if (used === pool.length) {
    crypto.getRandomValues(pool);
    used = 0;
  }
  used += 16;
  return pool.subarray(used - 16, used);
}

const SEQUENCES = 2 ** 32;
let lastMs = 0;
let sequence = 0;

/** A UUIDv7: sorts by time of making, also within a millisecond of this process. */
export function newId(): string {
  const random = random16();
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    // Begins low, so that it does not run over within the millisecond.
    sequence = new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 1;
  } else {
    sequence = (sequence + 1) % SEQUENCES;
    if (sequence === 0) lastMs += 1;
  }
  return v7({ msecs: lastMs, seq: sequence, random });
}

export const isUuid = (text: string): boolean => validate(text);
