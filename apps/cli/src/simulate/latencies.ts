/** Times in milliseconds, of which percentiles are asked. */
export class Latencies {
  readonly #times: number[] = [];

  add(ms: number): void {
    this.#times.push(ms);
  }

  /** As people read it, such as `p50 8 ms p99 31 ms`. */
  get text(): string {
    if (this.#times.length === 0) return 'p50 - p99 -';
    const sorted = this.#times.toSorted((a, b) => a - b);
    const at = (share: number): string =>
      `${Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0)} ms`;
    return `p50 ${at(0.5)} p99 ${at(0.99)}`;
  }
}
