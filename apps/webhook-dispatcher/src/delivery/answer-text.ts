const KEPT_BYTES = 1_024;

/** The beginning of an answer, for the subscriber to read in the log. */
export class AnswerText {
  /** How long the answer is, so far. */
  bytes = 0;
  #kept: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    const missing = KEPT_BYTES - this.#kept.length;
    // A copy: the chunk is a view of memory that undici uses again.
    if (missing > 0) this.#kept = Buffer.concat([this.#kept, chunk.subarray(0, missing)]);
  }

  /** The first KiB as text, up to its last whole character. Without NUL, which Postgres does not take. */
  text(): string {
    return new TextDecoder().decode(this.#kept, { stream: true }).replaceAll('\0', '');
  }
}
