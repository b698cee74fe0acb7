import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import { type AttemptOutcome, parseRetryAfter } from '#libs/dispatching';
import { AnswerText } from './answer-text.js';
import { failureReason } from './attempt-failure.js';

/** What is received of an answer: the connection of one that is longer is closed, of others it is used again. */
const MAX_ANSWER_BYTES = 65_536;

class AttemptEnded extends Error {
  override readonly name = 'AttemptEnded';
}

/** To undici, why we close a connection; made once, as nobody looks at it. */
const ENDED = new AttemptEnded('the attempt has ended');

/** One request on its way, from its hand-over to undici to its outcome. */
export class PostedDelivery implements Dispatcher.DispatchHandler {
  readonly outcome: Promise<AttemptOutcome>;
  #settle!: (outcome: AttemptOutcome) => void;
  #ended = false;
  #controller: Dispatcher.DispatchController | undefined;
  #status: number | undefined;
  #retryAfter: string | undefined;
  #answer: AnswerText | undefined;

  /** @param whenEnded is called once, before the outcome is known to others. */
  constructor(private readonly whenEnded: (delivery: PostedDelivery) => void) {
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  /** Ends the attempt now. An answer whose status has come counts. */
  giveUp(reason: 'timeout' | 'aborted'): void {
    this.#end(this.#answered() ?? { outcome: 'failed', reason });
    this.#controller?.abort(ENDED);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // Given up before there was a connection.
    if (this.#ended) controller.abort(ENDED);
    this.#controller = controller;
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (status < 200) return;
    this.#status = status;
    this.#retryAfter = headers['retry-after'];
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#answer ??= new AnswerText();
    this.#answer.add(chunk);
    if (this.#answer.bytes <= MAX_ANSWER_BYTES) return;
    this.#end(this.#answered());
    controller.abort(ENDED);
  }

  /**
   * Two turns later, because undici takes one to free the connection: the next delivery of a lane would open a second one,
   * and every endpoint would have twice as many as it needs.
   */
  onResponseEnd(): void {
    setImmediate(setImmediate, () => this.#end(this.#answered()));
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.fail(error);
  }

  /** Once the status has come it has decided: that the answer breaks off changes nothing any more. */
  fail(error: unknown): void {
    this.#end(this.#answered() ?? { outcome: 'failed', reason: failureReason(error) });
  }

  #answered(): AttemptOutcome | undefined {
    const status = this.#status;
    if (status === undefined) return undefined;
    const answer = this.#answer?.text();
    if (status < 300) return { outcome: 'delivered', status, answer };
    const retryAfterMs =
      this.#retryAfter === undefined ? undefined : parseRetryAfter(this.#retryAfter, Date.now());
    return { outcome: 'failed', reason: 'status', status, answer, retryAfterMs };
  }

  #end(outcome: AttemptOutcome | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.whenEnded(this);
    this.#settle(outcome ?? { outcome: 'failed', reason: 'invalid-answer' });
  }
}
