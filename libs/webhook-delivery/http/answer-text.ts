const KEPT_BYTES = 1_024;

/** Keeps the beginning of an answer, which the subscriber can read in the delivery log. */
export class AnswerText {
  /** Length of the answer received so far. */
  bytes = 0;
  #kept: Buffer = Buffer.alloc(0);

  add(chunk: Buffer): void {
    this.bytes += chunk.length;
    const missing = KEPT_BYTES - this.#kept.length;
    // Copies, because the chunk is a view of memory that undici reuses.
    if (missing > 0) this.#kept = Buffer.concat([this.#kept, chunk.subarray(0, missing)]);
  }

  /** Returns the first KiB as text, up to its last whole character and without NUL, which Postgres rejects. */
  text(): string {
    return new TextDecoder().decode(this.#kept, { stream: true }).replaceAll('\0', '');
  }
}
