import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { fail, ok, Pieces, type Result } from '#libs/kernel';
import { JsonScan } from './json-scan.js';
import { ProblemException } from './problem.js';
import { invalidRequest } from './validation.js';

/** Bytes that are looked through, or parsed, before others have their turn: about a millisecond's worth. */
const PIECE_BYTES = 131_072;

const SPACES = new Set([0x20, 0x09, 0x0a, 0x0d]);
const BYTE_ORDER_MARK = '\ufeff';

/** A part of the bytes: `end` is not included. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

type ParseText = (text: string) => Result<unknown, ProblemException>;

const malformed = (detail: string) => new ProblemException({ code: 'malformed-request', detail });

const FORBIDDEN_KEYS = 'A key __proto__, or constructor with a prototype in it, is not allowed.';

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Keys that could reach into an object's prototype are refused, not dropped. */
export function jsonParser(fastify: FastifyInstance): ParseText {
  // It answers at once, and looks at the text alone.
  const parse = fastify.getDefaultJsonParser('error', 'error') as unknown as (
    request: FastifyRequest | undefined,
    text: string,
    done: (error: Error | null, value?: unknown) => void,
  ) => void;
  return (text) => {
    let read: Result<unknown, ProblemException> = fail(malformed('This is not JSON.'));
    // One at the very beginning was passed over already; Fastify's parser would pass over more.
    if (text.startsWith(BYTE_ORDER_MARK)) return read;
    parse(undefined, text, (error, value) => {
      if (!error) read = ok(value);
      else if (isJson(text)) read = fail(malformed(FORBIDDEN_KEYS));
    });
    return read;
  };
}

/**
 * Reads JSON out of the bytes of a body, in pieces: others have their turn in between, and nothing is parsed that is
 * deeper or has more in it than anything that the API takes.
 */
export class JsonReader {
  /** Behind the byte order mark, if there is one. */
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

  /** Also when it came without a length, so that only its end has told. */
  get isEmpty(): boolean {
    return this.start === this.bytes.length;
  }

  get whole(): Range {
    return { start: this.start, end: this.bytes.length };
  }

  /** The value of a part of the bytes, or why there is none: `malformed-request` if it is not JSON. */
  async value({ start, end }: Range): Promise<Result<unknown, ProblemException>> {
    const scan = new JsonScan();
    await this.scan(scan, start, end);
    if (scan.excess) return fail(invalidRequest([{ message: scan.excess }]));
    await this.#pieces.before(end - start);
    return this.parse(this.bytes.toString('utf8', start, end));
  }

  /** As {@link JsonScan.read}. */
  async scan(scan: JsonScan, from: number, to = this.bytes.length): Promise<number> {
    for (let at = from; ; ) {
      const end = Math.min(to, at + PIECE_BYTES);
      await this.#pieces.before(end - at);
      at = scan.read(this.bytes, at, end);
      if (at < end || at === to) return at;
    }
  }

  /** The first byte at or after `from` that is no white space of JSON. */
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
