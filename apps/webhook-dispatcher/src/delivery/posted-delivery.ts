import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { type AttemptOutcome, type FailedAttempt, parseRetryAfter } from '#libs/dispatching';
import { AnswerText } from './answer-text.js';
import { failureReason } from './attempt-failure.js';
import { wasLostUnanswered } from './watched-connection.js';

/** What is received of an answer: the connection of one that is longer is closed, of others it is used again. */
const MAX_ANSWER_BYTES = 65_536;

class AttemptEnded extends Error {
  override readonly name = 'AttemptEnded';
}

/** To undici, why we close a connection; made once, as nobody looks at it. */
const ENDED = new AttemptEnded('the attempt has ended');

/** Told of one attempt. Neither may throw. */
export interface PostedDeliveryListener {
  /** Called once, before the outcome is known to others. */
  ended(delivery: PostedDelivery): void;
  /** A fault of ours, which has failed this attempt. */
  faulted(error: unknown): void;
}

/**
 * One request on its way, from its hand-over to undici to its outcome. Sockets, clock and signals call it, and nobody
 * catches what they are thrown: it would end the process. So every way in goes through {@link #guard}, by which a fault
 * fails this attempt and nothing else.
 */
export class PostedDelivery implements Dispatcher.DispatchHandler {
  readonly outcome: Promise<AttemptOutcome>;
  #settle!: (outcome: AttemptOutcome) => void;
  #ended = false;
  #controller: Dispatcher.DispatchController | undefined;
  #sendAgain: (() => void) | undefined;
  #status: number | undefined;
  #retryAfter: string | readonly string[] | undefined;
  #answer: AnswerText | undefined;

  constructor(private readonly listener: PostedDeliveryListener) {
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /**
   * For the case that a connection is lost just as it is used again, which is no failure of the endpoint.
   * @param send sends the same request over a new connection; called once at most
   */
  sendAgainBy(send: () => void): void {
    this.#sendAgain = send;
  }

  /** Ends the attempt now. An answer whose status has come counts. */
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
      // Interim answers do not come here, and lower numbers are no status.
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
   * Two turns later, because undici takes one to free the connection: the next delivery of a lane would open a second one,
   * and every endpoint would have twice as many as it needs.
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

  /** Once the status has come it has decided: that the answer breaks off changes nothing any more. */
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
    this.#settle(outcome ?? INVALID_ANSWER);
    this.listener.ended(this);
  }
}

const INVALID_ANSWER: FailedAttempt = { outcome: 'failed', reason: 'invalid-answer' };
