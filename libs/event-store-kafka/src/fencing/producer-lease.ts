/** A moment, on both clocks: either may stand still or jump while a machine sleeps. */
export interface Moment {
  readonly wall: number;
  readonly monotonic: number;
}

/**
 * How long ago the brokers last heard of a producer, which they forget after a while (`producer.id.expiration.ms`), and
 * its epoch with it. Rule R4 of docs/adr/0006-fenced-appends.md.
 */
export class ProducerLease {
  #heard: Moment = { wall: 0, monotonic: 0 };
  #expiration = 0;

  constructor(
    private readonly wall: () => number = Date.now,
    private readonly monotonic: () => number = () => performance.now(),
  ) {}

  now(): Moment {
    return { wall: this.wall(), monotonic: this.monotonic() };
  }

  /** The brokers heard of the producer at `moment` or later. Expiration in milliseconds. */
  renew(moment: Moment, expiration = this.#expiration): void {
    this.#heard = moment;
    this.#expiration = expiration;
  }

  /** Time to claim anew, at leisure. */
  get renewalDue(): boolean {
    return this.#age() > this.#expiration / 4;
  }

  /** Nothing may be sent on the strength of this claim. */
  get expired(): boolean {
    return this.#age() > this.#expiration / 2;
  }

  #age(): number {
    const { wall, monotonic } = this.now();
    // A wall clock that was set back says nothing; the monotonic one still does.
    return Math.max(wall - this.#heard.wall, monotonic - this.#heard.monotonic);
  }
}
