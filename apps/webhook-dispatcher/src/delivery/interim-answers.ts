const NOTHING = Buffer.alloc(0);
/** The shortest beginning that tells an interim answer from any other. */
const INTERIM = /^HTTP\/1\.[01] 1\d\d[ \r]$/;
const SAMPLE = 'HTTP/1.1 100 ';
const FIRST_DIGIT = SAMPLE.indexOf('1', 'HTTP/1.1'.length);
const ONE = 0x31;
const SWITCHING_PROTOCOLS = '101';
const BLANK_LINE = '\r\n\r\n';
/** An endpoint that goes on and on announcing an answer keeps us busy until the timeout, for nothing. */
const MAX_INTERIM_ANSWERS = 100;

/** The endpoint speaks another protocol from now on, which nobody has asked for. */
export class UnexpectedUpgradeError extends Error {
  override readonly name = 'UnexpectedUpgradeError';
}

export class TooManyInterimAnswersError extends Error {
  override readonly name = 'TooManyInterimAnswersError';
}

/**
 * Takes interim answers (`100 Continue`, `103 Early Hints`) out of what a connection receives. Clients must accept them,
 * asked for or not (RFC 9110, 15.2), but undici closes a connection on which a `100` comes.
 *
 * ```
 *  passing ──request written──► status line ──1xx──► head ──blank line──► status line
 *     ▲─────────any other──────────┘
 * ```
 */
export class InterimAnswers {
  #state: 'passing' | 'status-line' | 'head' = 'passing';
  /** The beginning of a status line, or the end of a head, that goes on in the next chunk. */
  #held: Buffer = NOTHING;
  #count = 0;

  /** A request has been written, so the next bytes begin its answer. */
  expectAnswer(): void {
    this.#state = 'status-line';
    this.#held = NOTHING;
    this.#count = 0;
  }

  /**
   * @returns what remains of a chunk, which may be nothing
   * @throws UnexpectedUpgradeError, TooManyInterimAnswersError
   */
  remove(chunk: Buffer): Buffer {
    if (this.#state === 'passing') return chunk;
    let rest = this.#held.length > 0 ? Buffer.concat([this.#held, chunk]) : chunk;
    this.#held = NOTHING;
    for (;;) {
      if (this.#state === 'status-line') {
        if (!mayBeInterim(rest)) {
          this.#state = 'passing';
          return rest;
        }
        if (rest.length < SAMPLE.length) return this.#hold(rest);
        this.#accept(rest.toString('latin1', FIRST_DIGIT, FIRST_DIGIT + 3));
      }
      const end = rest.indexOf(BLANK_LINE);
      if (end < 0) return this.#hold(rest.subarray(1 - BLANK_LINE.length));
      rest = rest.subarray(end + BLANK_LINE.length);
      this.#state = 'status-line';
    }
  }

  #accept(status: string): void {
    if (status === SWITCHING_PROTOCOLS) throw new UnexpectedUpgradeError('the endpoint switches protocols');
    if (++this.#count > MAX_INTERIM_ANSWERS) throw new TooManyInterimAnswersError('no answer follows');
    this.#state = 'head';
  }

  /** A copy, because the chunk may be reused. */
  #hold(bytes: Buffer): Buffer {
    this.#held = Buffer.from(bytes);
    return NOTHING;
  }
}

/** Returns false once the bytes cannot be the beginning of an interim answer. */
function mayBeInterim(bytes: Buffer): boolean {
  if (bytes.length > FIRST_DIGIT && bytes[FIRST_DIGIT] !== ONE) return false;
  const seen = bytes.toString('latin1', 0, SAMPLE.length);
  return INTERIM.test(seen + SAMPLE.slice(seen.length));
}
