import { Agent, type Dispatcher, request } from 'undici';
import {
  type AttemptOutcome,
  type AttemptRequest,
  parseRetryAfter,
  type WebhookClient,
} from '#libs/dispatching';
import { failureReason } from './attempt-failure.js';
import { deliveryHeaders } from './delivery-headers.js';
import { eventBody } from './event-body.js';
import { targetConnector } from './target-connector.js';

export interface WebhookClientOptions {
  readonly allowPrivateTargets: boolean;
  readonly connectTimeoutMs: number;
}

/** What is read of an answer: enough to let the connection be used again after a normal one. */
const MAX_ANSWER_BYTES = 1_024;

/** Posts deliveries. Connections are kept and used again; redirects are not followed. */
export class UndiciWebhookClient implements WebhookClient {
  readonly #agent: Agent;

  constructor(options: WebhookClientOptions) {
    this.#agent = new Agent({
      connect: targetConnector(options),
      pipelining: 1,
      // Time is counted here, for the whole attempt.
      headersTimeout: 0,
      bodyTimeout: 0,
      maxHeaderSize: 16_384,
    });
  }

  async attempt(attempt: AttemptRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    const ended = new AbortController();
    const end = () => ended.abort();
    const timer = setTimeout(end, attempt.subscription.retry.timeoutMs);
    if (signal.aborted) end();
    signal.addEventListener('abort', end, { once: true });
    try {
      return await this.#post(attempt, ended.signal);
    } catch (error) {
      if (!ended.signal.aborted) return { outcome: 'failed', reason: failureReason(error) };
      return { outcome: 'failed', reason: signal.aborted ? 'aborted' : 'timeout' };
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
    }
  }

  close(): Promise<void> {
    return this.#agent.destroy();
  }

  async #post(attempt: AttemptRequest, signal: AbortSignal): Promise<AttemptOutcome> {
    const body = eventBody(attempt.event);
    const headers = deliveryHeaders(attempt, body, new Date());
    const { callbackUrl } = attempt.subscription;
    const answer = await request(callbackUrl, {
      dispatcher: this.#agent,
      method: 'POST',
      headers,
      body,
      signal,
    });
    await readAndDrop(answer);
    const { statusCode: status } = answer;
    if (status >= 200 && status < 300) return { outcome: 'delivered', status };
    const retryAfter = answer.headers['retry-after'];
    const retryAfterMs = typeof retryAfter === 'string' ? parseRetryAfter(retryAfter, Date.now()) : undefined;
    return { outcome: 'failed', reason: 'status', status, retryAfterMs };
  }
}

/** The status has decided: an answer that goes on for too long, or breaks off, changes nothing any more. */
async function readAndDrop({ body }: Dispatcher.ResponseData): Promise<void> {
  let bytes = 0;
  try {
    // Leaving the loop closes the connection, so nothing more is received.
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes >= MAX_ANSWER_BYTES) break;
    }
  } catch {
    // Broken off, or the time is up.
  }
}
