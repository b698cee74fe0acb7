import { Logger } from '@nestjs/common';
import pLimit from 'p-limit';
import { Counter } from 'prom-client';
import type { CommandRequest } from '#libs/event-store/core';
import { backoffMs, inBackground, messageOf, type RetryPorts } from '#libs/kernel';
import type { PaymentCommand } from '#libs/payments';

/** A refund as an operator asked for it. */
export interface AskedRefund {
  readonly check: CommandRequest<Extract<PaymentCommand, { readonly type: 'check-refund' }>>;
  readonly reason: string | null;
}

const PAUSE = { initialDelayMs: 500, maxDelayMs: 60_000 };
/** Some two minutes: a call whose answer was lost may still be under way when the gateway first says that it has none. */
const LOOKS_WITHOUT_IT = 8;
/** Refunds in memory, some 10 MB. */
const CAPACITY = 5_000;
const AT_ONCE = 16;

const dropped = new Counter({
  name: 'orderstream_refund_lookups_dropped_total',
  help: 'Refunds with an unknown outcome that are no longer looked up, because there were too many.',
});

/**
 * Refunds with an unknown outcome: each is looked up in the background until it is recorded or the gateway has repeatedly
 * said that it has none. One lookup of an order runs at a time.
 */
export class RefundLookups {
  readonly #logger = new Logger(RefundLookups.name);
  readonly #limit = pLimit(AT_ONCE);
  /** By refund id, oldest first. */
  readonly #open = new Map<string, { readonly orderId: string; readonly stop: AbortController }>();
  /** Orders with a lookup under way. */
  readonly #busy = new Set<string>();
  #isStopped = false;

  constructor(
    /** Records the refund if the gateway has made it, and says whether it is recorded. */
    private readonly record: (refund: AskedRefund) => Promise<boolean>,
    private readonly ports: RetryPorts,
  ) {}

  /** Looks the refund up from now on. One that is looked up already starts anew. */
  add(refund: AskedRefund): void {
    if (this.#isStopped) return;
    const { orderId, refundId } = refund.check.command;
    this.#end(refundId);
    const [oldest] = this.#open;
    if (oldest && this.#open.size >= CAPACITY) this.#drop(oldest[0], oldest[1].orderId);
    const stop = new AbortController();
    this.#open.set(refundId, { orderId, stop });
    inBackground(
      () => this.#lookUp(refund, stop.signal),
      (error) => this.#logger.error({ err: error, orderId, refundId }, 'a refund is no longer looked up'),
    );
  }

  stop(): void {
    this.#isStopped = true;
    for (const refundId of this.#open.keys()) this.#end(refundId);
  }

  async #lookUp(refund: AskedRefund, stop: AbortSignal): Promise<void> {
    const { clock, random } = this.ports;
    const { orderId, refundId } = refund.check.command;
    const what = `refund ${refundId} of order ${orderId}`;
    let fault = '';
    for (let looks = 1, without = 0; without < LOOKS_WITHOUT_IT; looks++) {
      await clock.sleep(backoffMs(PAUSE, looks, random), stop);
      if (stop.aborted) return;
      if (this.#busy.has(orderId)) continue;
      this.#busy.add(orderId);
      try {
        if (await this.#limit(() => this.record(refund))) {
          this.#logger.log(`${what}, whose outcome was unknown, is recorded`);
          if (!stop.aborted) this.#end(refundId);
          return;
        }
        without++;
      } catch (error) {
        const message = messageOf(error);
        if (message !== fault) this.#logger.warn(`${what} cannot be looked up yet: ${message}`);
        fault = message;
      } finally {
        this.#busy.delete(orderId);
      }
    }
    if (stop.aborted) return;
    this.#end(refundId);
    this.#logger.warn(`the gateway has not made ${what}, whose outcome was unknown`);
  }

  #end(refundId: string): void {
    this.#open.get(refundId)?.stop.abort();
    this.#open.delete(refundId);
  }

  #drop(refundId: string, orderId: string): void {
    this.#end(refundId);
    dropped.inc();
    this.#logger.warn(`too many refunds have an unknown outcome: ${refundId} of order ${orderId} is dropped`);
  }
}
