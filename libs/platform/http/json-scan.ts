/** Far deeper than anything the API accepts. */
export const MAX_DEPTH = 32;
/** Most fields of an object, or elements of an array. Schemas allow fewer, and report that themselves. */
export const MAX_MEMBERS = 2_000;
/** An order of a thousand lines has some four thousand. */
export const MAX_VALUES = 10_000;

/** Memory that V8 uses for an object or array, and for each of its members. */
const CONTAINER_BYTES = 56;
const MEMBER_BYTES = 8;

const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
/** Brackets and braces differ in this bit alone. */
const BRACE_BIT = 0x20;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

/**
 * Scans the bytes of one JSON value before it is parsed, for its depth, size and end. It neither recurses nor allocates,
 * takes linear time, and can pause at any byte. The parser decides whether the bytes are valid JSON.
 */
export class JsonScan {
  #depth = 0;
  #values = 1;
  #containers = 0;
  #deepest = 0;
  #inString = false;
  #escaped = false;
  /** Elements seen so far in each open bracket. */
  readonly #members = new Uint32Array(MAX_DEPTH + 1);
  #mostMembers = 0;

  /** Why the value must not be parsed; `undefined` if it may be. */
  get excess(): string | undefined {
    if (this.#deepest > MAX_DEPTH) return `It is nested more than ${MAX_DEPTH} levels deep.`;
    if (this.#mostMembers > MAX_MEMBERS)
      return `An object or array in it has more than ${MAX_MEMBERS} fields or elements.`;
    return this.#values > MAX_VALUES ? `It has more than ${MAX_VALUES} values.` : undefined;
  }

  /** About what the parsed value takes besides its texts: for `[{},{},{}]` twenty times as much as its bytes. */
  get memoryBytes(): number {
    return this.#containers * CONTAINER_BYTES + this.#values * MEMBER_BYTES;
  }

  /** @returns where it stopped: at a comma or a closing bracket after the value, or at `to` */
  read(bytes: Uint8Array, from: number, to: number): number {
    const members = this.#members;
    let [depth, values, at] = [this.#depth, this.#values, from];
    let [deepest, mostMembers] = [this.#deepest, this.#mostMembers];
    while (at < to) {
      if (this.#inString) {
        at = this.#skipString(bytes, at, to);
        continue;
      }
      const byte = bytes[at] as number;
      if (byte === QUOTE) {
        this.#inString = true;
      } else if (byte === COMMA) {
        if (depth === 0) break;
        values++;
        if (depth <= MAX_DEPTH) {
          const count = (members[depth] as number) + 1;
          members[depth] = count;
          if (count > mostMembers) mostMembers = count;
        }
      } else if ((byte | BRACE_BIT) === OPEN_BRACE) {
        depth++;
        values++;
        this.#containers++;
        if (depth > deepest) deepest = depth;
        if (depth <= MAX_DEPTH) members[depth] = 1;
      } else if ((byte | BRACE_BIT) === CLOSE_BRACE) {
        if (depth === 0) break;
        depth--;
      }
      at++;
    }
    [this.#depth, this.#values, this.#deepest, this.#mostMembers] = [depth, values, deepest, mostMembers];
    return at;
  }

  #skipString(bytes: Uint8Array, from: number, to: number): number {
    let escaped = this.#escaped;
    for (let at = from; at < to; at++) {
      const byte = bytes[at];
      if (escaped) escaped = false;
      else if (byte === BACKSLASH) escaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        this.#escaped = false;
        return at + 1;
      }
    }
    this.#escaped = escaped;
    return to;
  }
}
