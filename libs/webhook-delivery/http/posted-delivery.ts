import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { AttemptOutcome, FailedAttempt } from '../core/ports.js';
import { parseRetryAfter } from '../core/lanes/retry-after.js';
import { AnswerText } from './answer-text.js';
import { failureReason } from './attempt-failure.js';
import { wasLostUnanswered } from './watched-connection.js';

/** An answer that exceeds this closes its connection; after shorter ones the connection is reused. */
const MAX_ANSWER_BYTES = 65_536;

class AttemptEnded extends Error {
  override readonly name = 'AttemptEnded';
}

/** Given to undici when the client closes a connection; shared, because nothing reads its stack. */
const ENDED = new AttemptEnded('the attempt has ended');

/** Callbacks for one attempt. They must not throw. */
export interface PostedDeliveryListener {
  /** Called once, before the outcome resolves. */
  ended(delivery: PostedDelivery): void;
  /** Called when an internal error has failed this attempt. */
  faulted(error: unknown): void;
}

/**
 * One request in flight, from its hand-over to undici to its outcome. Sockets, timers and signals call it, and an
 * exception there would end the process. Every entry point therefore runs in {@link #guard}, which turns an exception into
 * the failure of this attempt alone.
 */
export class PostedDelivery implements Dispatcher.DispatchHandler {
  readonly outcome: Promise<AttemptOutcome>;
  #resolve!: (outcome: AttemptOutcome) => void;
  #ended = false;
  #controller: Dispatcher.DispatchController | undefined;
  #sendAgain: (() => void) | undefined;
  #status: number | undefined;
  #retryAfter: string | readonly string[] | undefined;
  #answer: AnswerText | undefined;

  constructor(private readonly listener: PostedDeliveryListener) {
    this.outcome = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /**
   * Sets how to resend when a connection is lost just as it is reused, which is not the endpoint's failure.
   * @param send sends the same request over a new connection; called at most once
   */
  sendAgainBy(send: () => void): void {
    this.#sendAgain = send;
  }

  /** Ends the attempt now. If the status has arrived, the answer counts. */
  giveUp(reason: 'timeout' | 'aborted'): void {
    this.#guard(() => {
      this.#end(this.#answered() ?? { outcome: 'failed', reason });
      this.#controller?.abort(ENDED);
    });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#guard(() => {
      this.#controller = controller;
      // Given up before there was a connection.
      if (this.#ended) controller.abort(ENDED);
    });
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    this.#guard(() => {
      // Interim answers are already removed, and lower numbers are not a status.
      if (status < 200) return this.#refuse(controller);
      this.#status = status;
      this.#retryAfter = headers['retry-after'];
    });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#guard(() => {
      this.#answer ??= new AnswerText();
      this.#answer.add(chunk);
      if (this.#answer.bytes <= MAX_ANSWER_BYTES) return;
      this.#end(this.#answered());
      controller.abort(ENDED);
    });
  }

  /**
   * Ends two turns later, because undici needs one to free the connection. Otherwise the lane's next delivery would open a
   * second connection, and every endpoint would have twice as many as it needs.
   */
  onResponseEnd(): void {
    setImmediate(setImmediate, () => this.#guard(() => this.#end(this.#answered())));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#guard(() => {
      const sendAgain = this.#sendAgain;
      if (this.#ended || !sendAgain || !wasLostUnanswered(error)) return this.fail(error);
      this.#sendAgain = undefined;
      sendAgain();
    });
  }

  /** Fails the attempt unless the status has arrived: an answer that breaks off later still counts. */
  fail(error: unknown): void {
    this.#guard(() => this.#end(this.#answered() ?? { outcome: 'failed', reason: failureReason(error) }));
  }

  #guard(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.listener.faulted(error);
      this.#end({ outcome: 'failed', reason: 'internal-error' });
    }
  }

  #refuse(controller: Dispatcher.DispatchController): void {
    this.#end(undefined);
    controller.abort(ENDED);
  }

  #answered(): AttemptOutcome | undefined {
    const status = this.#status;
    if (status === undefined) return undefined;
    const answer = this.#answer?.text();
    if (status < 300) return { outcome: 'delivered', status, answer };
    const retryAfterMs = parseRetryAfter(this.#retryAfter, Date.now());
    return { outcome: 'failed', reason: 'status', status, answer, retryAfterMs };
  }

  #end(outcome: AttemptOutcome | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#resolve(outcome ?? INVALID_ANSWER);
    this.listener.ended(this);
  }
}

const INVALID_ANSWER: FailedAttempt = { outcome: 'failed', reason: 'invalid-answer' };
