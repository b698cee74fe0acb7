import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fail, ok, Pieces, type Result } from '#libs/kernel';
import { JsonScan } from './json-scan.js';
import { ProblemException } from './problem.js';
import { invalidRequest } from './validation.js';

/** Bytes that are scanned or parsed before other work runs: about a millisecond's worth. */
const PIECE_BYTES = 131_072;

const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);
const BYTE_ORDER_MARK = '\ufeff';

/** A range of the bytes; `end` is exclusive. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

type ParseText = (text: string) => Result<unknown, ProblemException>;

export const malformed = (detail: string) => new ProblemException('malformed-request', detail);

const NOT_JSON = 'This is not JSON.';
const FORBIDDEN_KEYS = 'A key __proto__, or constructor with a prototype in it, is not allowed.';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Refuses keys that could change an object's prototype, rather than dropping them. */
export function jsonParser(fastify: FastifyInstance): ParseText {
  // The parser is synchronous and ignores the request.
  const parse = fastify.getDefaultJsonParser('error', 'error') as unknown as (
    request: FastifyRequest | undefined,
    text: string,
    done: (error: Error | null, value?: unknown) => void,
  ) => void;
  return (text) => {
    let read: Result<unknown, ProblemException> | undefined;
    // The first byte order mark was already skipped; Fastify's parser would skip another one.
    if (text.startsWith(BYTE_ORDER_MARK)) return fail(malformed(NOT_JSON));
    parse(undefined, text, (error, value) => {
      read = error ? fail(malformed(isJson(text) ? FORBIDDEN_KEYS : NOT_JSON)) : ok(value);
    });
    return read ?? fail(malformed(NOT_JSON));
  };
}

/**
 * Reads JSON from the bytes of a body in pieces, so that other work can run in between. Refuses to parse what is deeper or
 * larger than anything the API accepts.
 */
export class JsonReader {
  /** The position after the byte order mark, if there is one. */
  readonly start: number;
  readonly #pieces = new Pieces(PIECE_BYTES);

  /** @throws ProblemException for bytes that are not UTF-8 */
  constructor(
    readonly bytes: Buffer,
    private readonly parse: ParseText,
  ) {
    if (!isUtf8(bytes)) throw malformed('The body is not UTF-8.');
    const mark = Buffer.from(BYTE_ORDER_MARK);
    this.start = bytes.subarray(0, mark.length).equals(mark) ? mark.length : 0;
  }

  get isEmpty(): boolean {
    return this.start === this.bytes.length;
  }

  get whole(): Range {
    return { start: this.start, end: this.bytes.length };
  }

  /** The value in a range of the bytes, or a problem: `malformed-request` if it is not JSON. */
  async value(range: Range, scan = new JsonScan()): Promise<Result<unknown, ProblemException>> {
    const { start, end } = range;
    await this.scan(scan, start, end);
    if (scan.excess) return fail(invalidRequest([{ message: scan.excess }]));
    await this.#pieces.before(end - start);
    return this.#parsed(range);
  }

  /** A value that was read before, and that is not kept: it is parsed anew each time that it is used. */
  again(range: Range): Result<unknown, ProblemException> {
    const parsed = () => this.#parsed(range);
    return {
      ok: true,
      get value() {
        const read = parsed();
        return read.ok ? read.value : undefined;
      },
    };
  }

  #parsed({ start, end }: Range): Result<unknown, ProblemException> {
    return this.parse(this.bytes.toString('utf8', start, end));
  }

  async scan(scan: JsonScan, from: number, to = this.bytes.length): Promise<number> {
    for (let at = from; ; ) {
      const end = Math.min(to, at + PIECE_BYTES);
      await this.#pieces.before(end - at);
      at = scan.read(this.bytes, at, end);
      if (at < end || at === to) return at;
    }
  }

  /** The position of the first byte from `from` on that is not JSON white space. */
  async skipSpace(from: number): Promise<number> {
    const { bytes } = this;
    for (let at = from; ; ) {
      const end = Math.min(bytes.length, at + PIECE_BYTES);
      await this.#pieces.before(end - at);
      while (at < end && SPACES.has(bytes[at] as number)) at++;
      if (at < end || at === bytes.length) return at;
    }
  }
}
