import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { onceClosed } from './closed-exchange.js';
import { breakBody } from './broken-body.js';
import { ProblemException } from './problem.js';
import { onConnection } from './https-server.js';
import { type ClientError, endWithProblem, problemOfClientError } from './raw-problems.js';
import { discardInput } from './unread-body.js';

/** Requests that may wait behind the one being answered. Well-behaved clients stay far below. */
const MAX_WAITING = 100;
/**
 * How long a query may keep waiting after its client has closed its side, since most such clients are gone; and how long it
 * may then take to answer without what it waited for.
 */
const HALF_CLOSED_QUERY_MS = 1_000;

type Exchange = readonly [IncomingMessage, ServerResponse];
type ParsedSocket = Socket & { readonly parser?: { onIncoming: () => number } | null };

/** The requests of one connection, in order of arrival. */
interface Pipeline {
  /** The request being answered; none between two requests. */
  current: Exchange | undefined;
  waiting: Exchange[];
  /** No more requests are read. After the answers to earlier ones the connection is closed, with this problem if any. */
  ending: { readonly problem: ProblemException | undefined } | undefined;
  isHalfClosed: boolean;
}

/**
 * Answers the pipelined requests of a connection one at a time, interleaved with other connections. Two thousand requests
 * fit into one read of a socket, and Node would start all of them before anything else runs. Requests that were started are
 * answered before a connection closes: a client that sends five orders and then invalid HTTP must learn about the orders.
 */
export class RequestPipelines {
  readonly #pipelines = new WeakMap<Socket, Pipeline>();
  #handle: (...exchange: Exchange) => void = () => undefined;

  /** Call it after the request handlers were added: it takes their place and calls them in turn. */
  install(server: Server): void {
    const handlers = server.listeners('request') as ((...exchange: Exchange) => void)[];
    this.#handle = (...exchange) => {
      for (const handle of handlers) handle.apply(server, [...exchange]);
    };
    server.removeAllListeners('request');
    for (const event of ['request', 'checkContinue', 'checkExpectation']) {
      server.on(event, (...exchange: Exchange) => this.#arrive(exchange));
    }
    server.on('connect', (_request: IncomingMessage, socket: Socket) => this.#refuseTunnel(socket));
    // Node would otherwise close both sides, and lose the answers to earlier requests.
    Object.assign(server, { httpAllowHalfOpen: true });
    onConnection(server, (socket) => socket.once('end', () => this.#halfClose(socket)));
  }

  /** The connection is broken, or sends invalid HTTP, or sends too slowly. */
  fail(error: ClientError, socket: Socket): void {
    const isOfHttp = /^(?:HPE|ERR_HTTP)_/.test(error.code ?? '');
    if (socket.destroyed || !isOfHttp) return void socket.destroy();
    this.#end(socket, problemOfClientError(error));
  }

  #arrive(exchange: Exchange): void {
    const { socket } = exchange[0];
    const line = this.#pipelineOf(socket);
    // The answer could not be sent.
    if (!socket.writable || line.ending) return;
    if (isIdle(line)) this.#begin(line, exchange);
    else if (line.waiting.push(exchange) > MAX_WAITING) this.#endEarly(line, socket);
  }

  #begin(line: Pipeline, exchange: Exchange): void {
    const [{ socket }, response] = exchange;
    line.current = exchange;
    onceClosed(response, () => {
      line.current = undefined;
      if (line.waiting.length > 0) setImmediate(() => this.#next(line, socket));
      else this.#close(line, socket);
    });
    if (line.isHalfClosed) this.#limitQuery(line, socket);
    this.#handle(...exchange);
  }

  #next(line: Pipeline, socket: Socket): void {
    const next = line.waiting.shift();
    if (next && socket.writable) this.#begin(line, next);
  }

  #end(socket: Socket, problem: ProblemException | undefined): void {
    const line = this.#pipelineOf(socket);
    // Node reports the error again for each further chunk.
    if (line.ending) return;
    discardInput(socket);
    // At the end of the input Node would close the connection after the last answer it knows of.
    socket.removeAllListeners('end').once('end', () => this.#halfClose(socket));
    const newest = (line.waiting.at(-1) ?? line.current)?.[0];
    // An incomplete request is itself answered with the problem.
    const isBroken = newest?.complete === false;
    line.ending = { problem: isBroken ? undefined : problem };
    if (isBroken && problem) breakBody(newest, problem);
    if (isIdle(line)) this.#close(line, socket);
  }

  /** Waiting requests were not started, so they have had no effect and get no answer. */
  #endEarly(line: Pipeline, socket: ParsedSocket): void {
    line.waiting = [];
    this.#end(socket, undefined);
    // Node would still parse all requests of the same read, which takes nearly as long as answering them.
    if (socket.parser) socket.parser.onIncoming = () => NOTHING_FOLLOWS;
  }

  #refuseTunnel(socket: Socket): void {
    // Node no longer handles errors of this connection.
    socket.on('error', () => undefined);
    this.#end(socket, new ProblemException('not-implemented', 'This server is not a proxy.'));
  }

  #close({ ending, isHalfClosed }: Pipeline, socket: Socket): void {
    // Removing the Connection header makes Node forget that an answer was to be the last.
    if (!(ending || isHalfClosed) || socket.destroyed) return;
    if (ending?.problem) endWithProblem(ending.problem, socket);
    else socket.destroySoon();
  }

  #halfClose(socket: Socket): void {
    const line = this.#pipelineOf(socket);
    line.isHalfClosed = true;
    this.#limitQuery(line, socket);
  }

  /** Limits how long a query waits for a client that may be gone. Commands are always answered. */
  #limitQuery({ current }: Pipeline, socket: Socket): void {
    if (!current || !['GET', 'HEAD'].includes(current[0].method ?? '')) return;
    const [request, response] = current;
    let timer = setTimeout(() => {
      timer = setTimeout(() => socket.destroy(), HALF_CLOSED_QUERY_MS);
      // Fastify's signal makes the handler answer, so that the requests behind it can proceed.
      request.emit('close');
    }, HALF_CLOSED_QUERY_MS);
    onceClosed(response, () => clearTimeout(timer));
  }

  #pipelineOf(socket: Socket): Pipeline {
    const known = this.#pipelines.get(socket);
    if (known) return known;
    const line: Pipeline = { current: undefined, waiting: [], ending: undefined, isHalfClosed: false };
    this.#pipelines.set(socket, line);
    return line;
  }
}

const isIdle = ({ current, waiting }: Pipeline): boolean => !current && waiting.length === 0;

/** Tells Node's parser that no more HTTP follows. */
const NOTHING_FOLLOWS = 2;
