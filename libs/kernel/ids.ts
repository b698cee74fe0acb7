import { v7, validate } from 'uuid';

/** Random bytes are much cheaper in bulk. */
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

/** Generates a UUIDv7. Ids sort by creation time, within one process even inside a millisecond. */
export function newId(): string {
  const random = random16();
  const now = Date.now();
  if (now > lastMs) {
    lastMs = now;
    // Starts in the lower half, so it does not overflow within the millisecond.
    sequence = new DataView(random.buffer, random.byteOffset).getUint32(0) >>> 1;
  } else {
    sequence = (sequence + 1) % SEQUENCES;
    if (sequence === 0) lastMs += 1;
  }
  return v7({ msecs: lastMs, seq: sequence, random });
}

export const isUuid = (text: string): boolean => validate(text);

/** Has a space, which no client's idempotency key can have. */
const OWN_COMMAND = 'process ';

/** How events record the id of a command that no client sent: a client that guesses it cannot take its place. */
export const ownCommandId = (commandId: string): string => `${OWN_COMMAND}${commandId}`;

/** The id that {@link ownCommandId} was given; `undefined` of a client's command. */
export const idOfOwnCommand = (recorded: string): string | undefined =>
  recorded.startsWith(OWN_COMMAND) ? recorded.slice(OWN_COMMAND.length) : undefined;
