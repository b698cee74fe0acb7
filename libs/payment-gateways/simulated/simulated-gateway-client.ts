import { Agent, request } from 'undici';
import { z } from 'zod';
import { messageOf, newId } from '#libs/kernel';
import {
  type AuthorizeAnswer,
  type AuthorizeCall,
  type CaptureAnswer,
  type CaptureCall,
  GatewayOutcomeUnknownError,
  type GatewayPayment,
  GatewayUnavailableError,
  type PaymentGateway,
  type RefundAnswer,
  type RefundCall,
  type VoidAnswer,
  type VoidCall,
} from '#libs/payments';
import { GATEWAY_PATHS, IDEMPOTENCY_KEY_HEADER, REQUEST_ID_HEADER } from './wire.js';

const CONNECT_TIMEOUT_MS = 1_000;
const CONNECTIONS = 64;
/** Looks are quick, and a process waits for them. */
const FIND_TIMEOUT_MS = 5_000;

/** Connection errors that prove nothing was sent. */
const NOT_SENT = new Set([
  'UND_ERR_CLOSED',
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENETUNREACH',
]);

const declined = z.object({ result: z.literal('declined'), reason: z.string() });
const ANSWERS = {
  authorize: z.discriminatedUnion('result', [
    z.object({ result: z.literal('authorized'), reference: z.string() }),
    z.object({ result: z.literal('review'), reference: z.string(), reason: z.string() }),
    declined,
  ]),
  capture: z.discriminatedUnion('result', [
    z.object({ result: z.literal('captured'), amount: z.int() }),
    declined,
  ]),
  void: z.object({ result: z.enum(['voided', 'captured']) }),
  refund: z.discriminatedUnion('result', [z.object({ result: z.literal('refunded') }), declined]),
  find: z.object({
    status: z.enum(['none', 'review', 'authorized', 'captured', 'voided', 'declined']),
    reference: z.string().nullable(),
    captured: z.int(),
    refunds: z.array(z.object({ refundId: z.string(), amount: z.int() })),
    reason: z.string().nullable(),
  }),
} as const;

interface HttpCall {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  readonly idempotencyKey?: string;
  readonly timeoutMs: number;
}

/**
 * The simulated gateway over HTTP.
 *
 * Each call has a connection of its own, and its answer must name the call: a gateway that answers twice would otherwise
 * have its second answer taken for the answer to the next call on that connection.
 */
export class SimulatedGatewayClient implements PaymentGateway {
  readonly name = 'simulated';
  readonly #agent = new Agent({ connections: CONNECTIONS, connect: { timeout: CONNECT_TIMEOUT_MS } });

  constructor(
    private readonly url: string,
    private readonly timeoutMs: number,
  ) {}

  async authorize(call: AuthorizeCall): Promise<AuthorizeAnswer> {
    return ANSWERS.authorize.parse(await this.#post(GATEWAY_PATHS.authorize, call));
  }

  async capture(call: CaptureCall): Promise<CaptureAnswer> {
    return ANSWERS.capture.parse(await this.#post(GATEWAY_PATHS.capture, call));
  }

  async void(call: VoidCall): Promise<VoidAnswer> {
    return ANSWERS.void.parse(await this.#post(GATEWAY_PATHS.void, call));
  }

  async refund(call: RefundCall): Promise<RefundAnswer> {
    return ANSWERS.refund.parse(await this.#post(GATEWAY_PATHS.refund, call));
  }

  async find(orderId: string): Promise<GatewayPayment> {
    try {
      const path = `${GATEWAY_PATHS.payments}/${encodeURIComponent(orderId)}`;
      return ANSWERS.find.parse(
        await this.#call({ method: 'GET', path, timeoutMs: Math.min(this.timeoutMs, FIND_TIMEOUT_MS) }),
      );
    } catch (error) {
      // Without an effect there is no unknown outcome.
      if (error instanceof GatewayOutcomeUnknownError)
        throw new GatewayUnavailableError(error.message, { cause: error });
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  #post(path: string, { idempotencyKey, ...call }: { readonly idempotencyKey: string }): Promise<unknown> {
    const { timeoutMs } = this;
    return this.#call({ method: 'POST', path, body: JSON.stringify(call), idempotencyKey, timeoutMs });
  }

  async #call({ method, path, body, idempotencyKey, timeoutMs }: HttpCall): Promise<unknown> {
    const requestId = newId();
    const headers = {
      [REQUEST_ID_HEADER]: requestId,
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(idempotencyKey !== undefined && { [IDEMPOTENCY_KEY_HEADER]: idempotencyKey }),
    };
    const answer = await request(new URL(path, this.url), {
      method,
      headers,
      ...(body !== undefined && { body }),
      dispatcher: this.#agent,
      reset: true,
      // Covers the whole exchange, unlike undici's own limits, of which each starts anew.
      signal: AbortSignal.timeout(timeoutMs),
    })
      .then(async (response) => ({ ...response, text: await response.body.text() }))
      .catch((error: unknown) => {
        throw transportError(error);
      });
    if (answer.headers[REQUEST_ID_HEADER] !== requestId)
      throw new GatewayOutcomeUnknownError('The gateway answered another call.');
    return answerOf(answer.statusCode, answer.text);
  }
}

function transportError(error: unknown): Error {
  const { code } = error as { readonly code?: unknown };
  const message = `The payment gateway did not answer: ${messageOf(error)}`;
  return typeof code === 'string' && NOT_SENT.has(code)
    ? new GatewayUnavailableError(message, { cause: error })
    : new GatewayOutcomeUnknownError(message, { cause: error });
}

/** 503 says that nothing was done. Another failure of the gateway says nothing. */
function answerOf(status: number, text: string): unknown {
  if (status === 503) throw new GatewayUnavailableError('The payment gateway is unavailable.');
  if (status >= 500) throw new GatewayOutcomeUnknownError(`The payment gateway failed with ${status}.`);
  if (status !== 200) throw new Error(`The payment gateway refused the call with ${status}: ${text}`);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new GatewayOutcomeUnknownError('The answer of the payment gateway is not JSON.', { cause: error });
  }
}
