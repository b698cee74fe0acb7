import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import { type Clock, newId, systemClock } from '#libs/kernel';
import type { Usage } from './rate-budgets.js';
import type { RateLimits } from './rate-limits.js';
import { readUsageMessage, usageMessages } from './usage-messages.js';

/** Injection token of {@link UsageChannel}. */
export const USAGE_CHANNEL = Symbol('usage-channel');

/** Brings messages to all processes, this one included. */
export interface UsageChannel {
  send(messages: readonly string[]): Promise<void>;
  /** How many processes take commands now, as far as can be told without messages. */
  processes(): Promise<number>;
  /** Call it before the app starts. The listener must not throw. */
  listen(listener: (message: string) => void): void;
}

/** Also the longest time for which processes do not know of each other's use. */
const SEND_MS = 200;
/** A process that has nothing to tell says so, at this interval. */
const SIGN_OF_LIFE_MS = 5_000;
/** While messages do not come back, one is sent at this interval to find out. */
const PROBE_MS = 1_000;
/** A process that was not heard for this long has ended. */
const FORGOTTEN_AFTER_MS = 15_000;
/**
 * A message that has not come back after so many looks, which takes two seconds, was lost, and so are those of others. Looks
 * are counted rather than time: after a pause of this process, what has come is read first.
 */
const ECHO_LOOKS = 10;
/** A sender of garbage must not fill the memory. */
const MAX_PEERS = 1_000;

/**
 * Makes the limits of tenants hold over all processes: each has the full rate, and takes off what the others say they have
 * let through. While messages do not arrive, each keeps to an equal part of the rate.
 */
export class UsageExchange implements OnApplicationShutdown {
  readonly #logger = new Logger(UsageExchange.name);
  readonly #id = newId();
  /** When other processes were last heard. */
  readonly #heardAt = new Map<string, number>();
  #sentAt = Number.NEGATIVE_INFINITY;
  /** Looks since the first message that has not come back. */
  #unheard: number | undefined;
  #isApart = false;
  #isSending = false;
  /** Processes that take commands, found while messages did not arrive. */
  #found = 1;
  #unsent = new Map<string, Usage>();
  #stop: (() => void) | undefined;
  #isOver = false;

  constructor(
    private readonly limits: RateLimits,
    private readonly channel?: UsageChannel,
    private readonly clock: Clock = systemClock,
  ) {
    if (!channel) return;
    channel.listen((message) => this.#receive(message));
    // A process in which no limited tenant has been seen does not take part.
    limits.onUse(() => this.#start());
  }

  /** Processes that share limits, this one included, as far as is known. */
  get processes(): number {
    return Math.max(1 + this.#heardAt.size, this.#isApart ? this.#found : 1);
  }

  onApplicationShutdown(): void {
    this.#isOver = true;
    this.#stop?.();
  }

  #start(): void {
    if (this.#isOver) return;
    this.#stop ??= this.clock.every(SEND_MS, () => this.#tick());
  }

  #tick(): void {
    const now = this.clock.monotonic();
    this.#keep(this.limits.collect());
    if (this.#unheard !== undefined) this.#unheard++;
    this.#setApart((this.#unheard ?? 0) > ECHO_LOOKS);
    if (this.#isApart) this.#unsent.clear();
    else this.#forgetEnded(now);
    const isDue = now - this.#sentAt >= (this.#isApart ? PROBE_MS : SIGN_OF_LIFE_MS);
    if (!this.#isSending && (isDue || this.#unsent.size > 0)) void this.#send(now);
  }

  async #send(now: number): Promise<void> {
    const sent = this.#unsent;
    const messages = usageMessages(this.#id, sent);
    this.#isSending = true;
    this.#sentAt = now;
    this.#unheard ??= 0;
    this.#unsent = new Map();
    try {
      await this.channel?.send(messages);
      // The database answers, but its notices do not arrive, as behind some poolers.
      if (this.#isApart) await this.#find();
    } catch {
      // An outage shows in messages that do not come back.
      this.#keep(sent);
    } finally {
      this.#isSending = false;
    }
  }

  #keep(used: ReadonlyMap<string, Usage>): void {
    for (const [tenant, usage] of used) this.#unsent.set(tenant, sum(usage, this.#unsent.get(tenant)));
  }

  async #find(): Promise<void> {
    this.#found = (await this.channel?.processes()) ?? 1;
    if (this.#isApart) this.limits.setShare(1 / this.processes);
  }

  #receive(text: string): void {
    const message = readUsageMessage(text);
    if (!message) return;
    if (message.from === this.#id) {
      this.#unheard = undefined;
      return;
    }
    if (this.#heardAt.has(message.from) || this.#heardAt.size < MAX_PEERS)
      this.#heardAt.set(message.from, this.clock.monotonic());
    for (const [tenant, usage] of message.used) this.limits.of(tenant)?.chargeElsewhere(usage);
  }

  #setApart(isApart: boolean): void {
    if (this.#isApart === isApart) return;
    this.#isApart = isApart;
    this.limits.setShare(isApart ? 1 / this.processes : 1);
    if (isApart)
      this.#logger.warn(
        `limits of tenants are divided by ${this.processes}: processes do not hear of each other`,
      );
    else this.#logger.log('limits of tenants are shared again');
  }

  /** Not while nobody is heard: the number of processes last known is what the shares are made of. */
  #forgetEnded(now: number): void {
    for (const [from, at] of this.#heardAt) if (now - at > FORGOTTEN_AFTER_MS) this.#heardAt.delete(from);
  }
}

const sum = (one: Usage, other: Usage = {}): Usage => ({
  orders: (one.orders ?? 0) + (other.orders ?? 0),
  requests: (one.requests ?? 0) + (other.requests ?? 0),
});
