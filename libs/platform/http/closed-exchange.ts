import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** The state of a request and its answer. */
interface Exchange {
  readonly whenClosed: (() => void)[];
  readonly whenOver: (() => void)[];
  isClosed: boolean;
  isWorkedOn: boolean;
}

const EXCHANGE = Symbol('exchange');
type WatchedResponse = ServerResponse & { [EXCHANGE]?: Exchange };

/**
 * Calls back once when a response was sent or its connection is lost. All callbacks share one listener, since several
 * parts ask this of every request.
 */
export function onceClosed(response: ServerResponse, callback: () => void): void {
  exchangeOf(response).whenClosed.push(callback);
}

/**
 * Calls back once when the response is closed and nothing works on the request any more. What a request takes has to be
 * counted as long: a client may disconnect as soon as it has sent a large body.
 */
export function onceOver(response: ServerResponse, callback: () => void): void {
  exchangeOf(response).whenOver.push(callback);
}

/** Nothing of the request is left to do but to send its answer. */
export function endWork(response: ServerResponse): void {
  const exchange = exchangeOf(response);
  exchange.isWorkedOn = false;
  if (exchange.isClosed) settle(exchange.whenOver);
}

/**
 * Knows when a request is worked on: from before its body is read until its handler is done, or its answer is complete, for
 * which see {@link endWorkWithAnswers}.
 */
export function watchWork(fastify: FastifyInstance): void {
  fastify.addHook('preParsing', (_request, reply, payload, done) => {
    exchangeOf(reply.raw).isWorkedOn = true;
    done(null, payload);
  });
  fastify.addHook('onRoute', (route) => {
    const { handler } = route;
    route.handler = function (request, reply) {
      const end = (): void => endWork(reply.raw);
      const result: unknown = handler.call(this, request, reply);
      // Its answer is not always sent where the client is gone.
      if (result instanceof Promise) result.then(end, end);
      return result;
    };
  });
}

/**
 * Call it after all hooks that look at answers: they belong to the work, also where the client is gone. Before them, whoever
 * waits for the end of the work would not know of the answer yet.
 */
export function endWorkWithAnswers(fastify: FastifyInstance): void {
  fastify.addHook('onSend', (_request, reply, payload, done) => {
    endWork(reply.raw);
    done(null, payload);
  });
}

function exchangeOf(response: WatchedResponse): Exchange {
  const known = response[EXCHANGE];
  if (known) return known;
  const exchange: Exchange = { whenClosed: [], whenOver: [], isClosed: false, isWorkedOn: false };
  response[EXCHANGE] = exchange;
  response.once('close', () => {
    exchange.isClosed = true;
    settle(exchange.whenClosed);
    if (!exchange.isWorkedOn || response.writableEnded) settle(exchange.whenOver);
  });
  return exchange;
}

function settle(callbacks: (() => void)[]): void {
  for (const each of callbacks.splice(0)) each();
}
