const NOTHING = Buffer.alloc(0);
/** The shortest prefix that identifies an interim answer. */
const INTERIM = /^HTTP\/1\.[01] 1\d\d[ \r]$/;
const SAMPLE = 'HTTP/1.1 100 ';
const FIRST_DIGIT = SAMPLE.indexOf('1', 'HTTP/1.1'.length);
const ONE = 0x31;
const SWITCHING_PROTOCOLS = '101';
const BLANK_LINE = '\r\n\r\n';
/** Stops an endpoint that sends interim answers endlessly and would cost CPU until the timeout. */
const MAX_INTERIM_ANSWERS = 100;

/** The endpoint switched to another protocol without a request to do so. */
export class UnexpectedUpgradeError extends Error {
  override readonly name = 'UnexpectedUpgradeError';
}

export class TooManyInterimAnswersError extends Error {
  override readonly name = 'TooManyInterimAnswersError';
}

/**
 * Removes interim answers (`100 Continue`, `103 Early Hints`) from what a connection receives. Clients must accept them,
 * requested or not (RFC 9110, 15.2), but undici closes a connection that receives a `100`.
 *
 * ```
 *  passing ──request written──► status line ──1xx──► head ──blank line──► status line
 *     ▲─────────any other──────────┘
 * ```
 */
export class InterimAnswers {
  #state: 'passing' | 'status-line' | 'head' = 'passing';
  /** The start of a status line, or the end of a head, that the next chunk continues. */
  #partial: Buffer = NOTHING;
  #count = 0;

  /** To be called once a request is written, because the next bytes begin its answer. */
  expectAnswer(): void {
    this.#state = 'status-line';
    this.#partial = NOTHING;
    this.#count = 0;
  }

  /**
   * @returns the chunk without interim answers; may be empty
   * @throws UnexpectedUpgradeError, TooManyInterimAnswersError
   */
  remove(chunk: Buffer): Buffer {
    if (this.#state === 'passing') return chunk;
    let rest = this.#partial.length > 0 ? Buffer.concat([this.#partial, chunk]) : chunk;
    this.#partial = NOTHING;
    for (;;) {
      if (this.#state === 'status-line') {
        if (!mayBeInterim(rest)) {
          this.#state = 'passing';
          return rest;
        }
        if (rest.length < SAMPLE.length) return this.#keep(rest);
        this.#accept(rest.toString('latin1', FIRST_DIGIT, FIRST_DIGIT + 3));
      }
      const end = rest.indexOf(BLANK_LINE);
      if (end < 0) return this.#keep(rest.subarray(1 - BLANK_LINE.length));
      rest = rest.subarray(end + BLANK_LINE.length);
      this.#state = 'status-line';
    }
  }

  #accept(status: string): void {
    if (status === SWITCHING_PROTOCOLS) throw new UnexpectedUpgradeError('the endpoint switches protocols');
    if (++this.#count > MAX_INTERIM_ANSWERS) throw new TooManyInterimAnswersError('no answer follows');
    this.#state = 'head';
  }

  /** Copies, because the chunk may be reused. */
  #keep(bytes: Buffer): Buffer {
    this.#partial = Buffer.from(bytes);
    return NOTHING;
  }
}

/** Returns false once the bytes cannot be the beginning of an interim answer. */
function mayBeInterim(bytes: Buffer): boolean {
  if (bytes.length > FIRST_DIGIT && bytes[FIRST_DIGIT] !== ONE) return false;
  const seen = bytes.toString('latin1', 0, SAMPLE.length);
  return INTERIM.test(seen + SAMPLE.slice(seen.length));
}
