import { Logger } from '@nestjs/common';
import { createLocalJWKSet, type JSONWebKeySet } from 'jose';
import type { Clock } from '#libs/kernel';
import type { Notices } from '../../health/readiness.js';

/** Finds the key of a token. Replaced as a whole when the issuer's keys change. */
export type KeySet = ReturnType<typeof createLocalJWKSet>;

export class SigningKeysUnavailableError extends Error {
  override readonly name = 'SigningKeysUnavailableError';
}

const REFRESH_MS = 600_000;
/** An issuer that is away must not lock out whoever holds its tokens. */
const TRUST_MS = 7 * 86_400_000;
/** Bounds the look-ups that tokens can cause, however many come with unknown keys. */
const COOLDOWN_MS = 10_000;
const CHECK_MS = 30_000;
/** From then on an operator should know that keys are old. */
const NOTICE_MS = 3_600_000;

/**
 * The keys with which an issuer signs. They are fetched in the background, and the last good set is used for a week while the
 * issuer is away. A key that the issuer withdraws is refused from the next refresh on.
 */
export class SigningKeys {
  readonly #logger = new Logger('SigningKeys');
  #set: KeySet | undefined;
  /** The set as text: an unchanged set keeps its identity, and with it the tokens that it has verified. */
  #text = '';
  #fetchedAt = -Infinity;
  #askedAt = -Infinity;
  #asking: Promise<void> | undefined;
  #fault: string | undefined;
  #stopChecks = (): void => undefined;

  constructor(
    private readonly fetchKeys: () => Promise<JSONWebKeySet>,
    private readonly clock: Clock,
  ) {}

  /** Fetches the keys now and regularly. A failure is no reason not to start. */
  start(): void {
    void this.#ask();
    this.#stopChecks = this.clock.every(CHECK_MS, () => {
      const isDue = this.#fault !== undefined || this.#age(this.#fetchedAt) >= REFRESH_MS;
      if (isDue) void this.#ask();
    });
  }

  stop(): void {
    this.#stopChecks();
  }

  /** @throws SigningKeysUnavailableError if the issuer has given none, or none for a week */
  async current(): Promise<KeySet> {
    if (!this.#usable) await this.#askUnlessCooling();
    if (this.#usable) return this.#usable;
    throw new SigningKeysUnavailableError('the keys of the issuer cannot be fetched', { cause: this.#fault });
  }

  /** The set after a look-up for a key that `known` does not have. It is `known` itself if there is nothing new. */
  async newerThan(known: KeySet): Promise<KeySet> {
    if (this.#usable === known) await this.#askUnlessCooling();
    return this.#usable ?? known;
  }

  notices(): Notices {
    if (this.#fault === undefined || this.#age(this.#fetchedAt) < NOTICE_MS) return [];
    const since = Number.isFinite(this.#fetchedAt)
      ? `for ${Math.floor(this.#age(this.#fetchedAt) / 60_000)} minutes`
      : 'since the start';
    return [`the keys of the token issuer could not be fetched ${since}: ${this.#fault}`];
  }

  get #usable(): KeySet | undefined {
    return this.#age(this.#fetchedAt) < TRUST_MS ? this.#set : undefined;
  }

  /** Not by the time of day, which somebody may set. */
  #age(moment: number): number {
    return this.clock.monotonic() - moment;
  }

  async #askUnlessCooling(): Promise<void> {
    if (this.#asking || this.#age(this.#askedAt) >= COOLDOWN_MS) await this.#ask();
  }

  #ask(): Promise<void> {
    this.#asking ??= this.#fetch().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  async #fetch(): Promise<void> {
    this.#askedAt = this.clock.monotonic();
    try {
      const keys = await this.fetchKeys();
      const text = JSON.stringify(keys);
      if (text !== this.#text) this.#set = createLocalJWKSet(keys);
      this.#text = text;
      this.#fetchedAt = this.clock.monotonic();
      if (this.#fault !== undefined) this.#logger.log('the keys of the token issuer can be fetched again');
      this.#fault = undefined;
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#fault)
        this.#logger.warn({ err: error }, 'the keys of the token issuer cannot be fetched');
      this.#fault = message;
    }
  }
}
