import type { IncomingHttpHeaders } from 'node:http';
import { Logger } from '@nestjs/common';
import type { Dispatcher } from 'undici';
import { onAbort, unlessAborted, TenantTurns } from '#libs/kernel';
import type { TargetRules } from '#libs/webhooks';
import type { AttemptOutcome, AttemptRequest, FailedAttempt, WebhookClient } from '../core/ports.js';
import { parseRetryAfter } from '../core/lanes/retry-plan.js';
import { ConnectionPools, wasLostUnanswered } from './connections.js';
import { Deadlines } from './deadlines.js';
import {
  DeliveryBodies,
  type DeliveryBody,
  deliveryHeaders,
  type OpenBody,
  targetOf,
} from './signed-request.js';
import { withoutSentSecrets } from './sent-secrets.js';
import { targetConnector } from './target-connector.js';
import { failureReason } from './attempt-failure.js';

/** Signing, sending and perhaps connecting take a few tenths of a millisecond per request. */
const BEGUN_PER_TURN = 32;

/**
 * Limits the requests in flight to all endpoints together, because each takes a connection and memory. Tenants take turns,
 * so a tenant whose endpoints hang delays only itself. When many subscriptions are owed the same event, their requests
 * start in small steps, because starting them all at once would block the process.
 */
export class SharedWebhookClient implements WebhookClient {
  readonly #turns: TenantTurns;
  readonly #loopTurns = new LoopTurns(BEGUN_PER_TURN);

  /** @param places maximum number of requests in flight */
  constructor(
    private readonly client: WebhookClient,
    places: number,
  ) {
    // Each feed's limit on requests in flight already bounds the queue.
    this.#turns = new TenantTurns({ places, waitingPerTenant: Number.POSITIVE_INFINITY });
  }

  /** The subscription's timeout does not include the wait for a turn. */
  async attempt(request: AttemptRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    const { tenant } = request.subscription;
    let release = signal.aborted ? undefined : this.#turns.acquireNow(tenant);
    try {
      release ??= await this.#turns.acquire(tenant, signal);
    } catch {
      return { outcome: 'failed', reason: 'aborted' };
    }
    try {
      const turn = this.#loopTurns.take();
      if (turn) await turn;
      return await this.client.attempt(request, signal);
    } finally {
      release();
    }
  }
}

/**
 * Spreads bursts of work over several turns of the event loop, so that the process can answer incoming requests in
 * between.
 */
export class LoopTurns {
  readonly #waiting: (() => void)[] = [];
  #begun = 0;
  #isRenewed = true;

  /** @param perTurn how many may start in one turn */
  constructor(private readonly perTurn: number) {}

  /** Returns `undefined` to start at once; otherwise a promise that resolves in a later turn, first come, first served. */
  take(): Promise<void> | undefined {
    if (this.#waiting.length > 0 || this.#begun >= this.perTurn)
      return new Promise((resolve) => {
        this.#waiting.push(resolve);
      });
    this.#begun++;
    this.#renewLater();
    return undefined;
  }

  #renewLater(): void {
    if (!this.#isRenewed) return;
    this.#isRenewed = false;
    setImmediate(() => {
      this.#isRenewed = true;
      const next = this.#waiting.splice(0, this.perTurn);
      this.#begun = next.length;
      if (next.length > 0) this.#renewLater();
      for (const begin of next) begin();
    });
  }
}

interface WebhookClientOptions {
  readonly targets: TargetRules;
  readonly connectTimeoutMs: number;
  /** Base URL of the API for the links in thin events. */
  readonly publicUrl: string | undefined;
  /** Opens what is sealed in a body; an attempt waits for as long as it takes. */
  readonly open?: OpenBody;
}

/** Per tenant and origin; large enough that a few hanging endpoints do not block others at the same origin. */
const CONNECTIONS_PER_POOL = 512;
const KEPT_CONNECTIONS = 2_048;

const ABORTED: AttemptOutcome = { outcome: 'failed', reason: 'aborted' };

/** Posts deliveries over reused connections. Does not follow redirects. */
export class UndiciWebhookClient implements WebhookClient {
  readonly #logger = new Logger(UndiciWebhookClient.name);
  readonly #pools: ConnectionPools;
  readonly #bodies: DeliveryBodies;
  readonly #deadlines = new Deadlines<PostedDelivery>((delivery) => delivery.giveUp('timeout'));

  constructor({ targets, connectTimeoutMs, publicUrl, open }: WebhookClientOptions) {
    this.#bodies = new DeliveryBodies({ publicUrl, open });
    this.#pools = new ConnectionPools({
      connect: targetConnector(targets, connectTimeoutMs),
      connectionsPerPool: CONNECTIONS_PER_POOL,
      keptConnections: KEPT_CONNECTIONS,
    });
  }

  /** The number of open connections, in use or idle. */
  get connections(): number {
    return this.#pools.connections;
  }

  attempt(request: AttemptRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    if (signal.aborted) return Promise.resolve(ABORTED);
    const body = this.#bodies.of(request);
    return body instanceof Promise
      ? this.#attemptWhenOpen(request, body, signal)
      : this.#attempt(request, body, signal);
  }

  /** What was rendered before is rendered again: a key was destroyed. */
  forgetBodies(): void {
    this.#bodies.forget();
  }

  close(): Promise<void> {
    return this.#pools.close();
  }

  /** The time of the endpoint begins when its body is there. */
  async #attemptWhenOpen(
    request: AttemptRequest,
    opening: Promise<DeliveryBody>,
    signal: AbortSignal,
  ): Promise<AttemptOutcome> {
    const body = await unlessAborted(opening, signal);
    return body && !signal.aborted ? this.#attempt(request, body, signal) : ABORTED;
  }

  #attempt(request: AttemptRequest, body: DeliveryBody, signal: AbortSignal): Promise<AttemptOutcome> {
    const { timeoutMs } = request.subscription.retry;
    const delivery = new PostedDelivery({
      ended: () => {
        this.#deadlines.remove(timeoutMs, delivery);
        unsubscribe();
      },
      faulted: (error) =>
        this.#logger.error({ msg: 'a webhook attempt failed because of an internal error', err: error }),
    });
    const unsubscribe = onAbort(signal, () => delivery.giveUp('aborted'));
    this.#deadlines.add(timeoutMs, delivery);
    try {
      this.#post(request, body, delivery);
    } catch (error) {
      delivery.fail(error);
    }
    return delivery.outcome.then((outcome) => withoutSentSecrets(outcome, request.subscription));
  }

  #post(request: AttemptRequest, body: DeliveryBody, delivery: PostedDelivery): void {
    const { subscription } = request;
    const headers = deliveryHeaders(request, body, Date.now());
    const target = targetOf(subscription);
    const post = { ...target, method: 'POST', headers, body: body.bytes } as const;
    delivery.sendAgainBy(() => this.#pools.dispatchAlone(post, delivery));
    this.#pools.of(subscription.tenant, target.origin).dispatch(post, delivery);
  }
}

/** An answer that exceeds this closes its connection; after shorter ones the connection is reused. */
const MAX_ANSWER_BYTES = 65_536;

class AttemptEnded extends Error {
  override readonly name = 'AttemptEnded';
}

/** Given to undici when the client closes a connection; shared, because nothing reads its stack. */
const ENDED = new AttemptEnded('the attempt has ended');

/** Callbacks for one attempt. They must not throw. */
interface PostedDeliveryListener {
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
  #headers: IncomingHttpHeaders | undefined;
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
      this.#headers = headers;
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
    const answered = { status, answer, answerHeaders: this.#headers };
    if (status < 300) return { outcome: 'delivered', ...answered };
    const retryAfterMs = parseRetryAfter(this.#headers?.['retry-after'], Date.now());
    return { outcome: 'failed', reason: 'status', ...answered, retryAfterMs };
  }

  #end(outcome: AttemptOutcome | undefined): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#resolve(outcome ?? INVALID_ANSWER);
    this.listener.ended(this);
  }
}

const INVALID_ANSWER: FailedAttempt = { outcome: 'failed', reason: 'invalid-answer' };

const KEPT_BYTES = 1_024;

/** Keeps the beginning of an answer, which the subscriber can read in the delivery log. */
class AnswerText {
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
