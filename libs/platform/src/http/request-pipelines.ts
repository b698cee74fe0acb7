import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { breakBody } from './broken-body.js';
import { ProblemException } from './problem.js';
import { type ClientError, endWith, problemOf } from './raw-problems.js';
import { discardInput } from './unread-body.js';

/** Requests that may wait behind the one that is being answered. No client that waits for answers comes near it. */
const MAX_WAITING = 100;
/**
 * How long a query may wait for a client that has closed its side, as most of these have gone away; and then, how long it
 * may take to answer without what it waited for.
 */
const HALF_CLOSED_QUERY_MS = 1_000;

type Exchange = readonly [IncomingMessage, ServerResponse];
type ParsedSocket = Socket & { readonly parser?: { onIncoming: () => number } | null };

/** The requests of one connection, in the order in which they came. */
interface Pipeline {
  /** None between two turns, too. */
  current: Exchange | undefined;
  waiting: Exchange[];
  /** No more requests are read. Once those that came are answered, the connection is closed, with the problem if any. */
  ending: { readonly problem: ProblemException | undefined } | undefined;
  isHalfClosed: boolean;
}

/**
 * Answers the requests of a connection one after the other, with everybody else's in between. A client need not wait for
 * an answer before it sends the next request, so two thousand of them fit into one read of a socket: Node would begin
 * them all before anything else has its turn. Whatever ends a connection, requests that were begun get their answers
 * first: a client that has sent five orders, and then something that is no HTTP, has to know about the orders.
 */
export class RequestPipelines {
  readonly #pipelines = new WeakMap<Socket, Pipeline>();
  #handle: (...exchange: Exchange) => void = () => undefined;

  /** After whatever handles requests, which from now on happens in turn. */
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
    // Node would close the other side, too, and with it lose the answers to what came before.
    Object.assign(server, { httpAllowHalfOpen: true });
    server.on('connection', (socket: Socket) => socket.once('end', () => this.#halfClose(socket)));
  }

  /** The connection is broken, or what comes on it is no HTTP, or comes too slowly. */
  fail(error: ClientError, socket: Socket): void {
    const isOfHttp = /^(?:HPE|ERR_HTTP)_/.test(error.code ?? '');
    if (socket.destroyed || !isOfHttp) return void socket.destroy();
    this.#end(socket, problemOf(error));
  }

  #arrive(exchange: Exchange): void {
    const { socket } = exchange[0];
    const line = this.#pipelineOf(socket);
    // Nobody could be told what came of it.
    if (!socket.writable || line.ending) return;
    if (isIdle(line)) this.#begin(line, exchange);
    else if (line.waiting.push(exchange) > MAX_WAITING) this.#endEarly(line, socket);
  }

  #begin(line: Pipeline, exchange: Exchange): void {
    const [{ socket }, response] = exchange;
    line.current = exchange;
    response.once('close', () => {
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
    // Node says so again for each piece that comes.
    if (line.ending) return;
    discardInput(socket);
    // At the end of what comes Node would close the connection behind the last answer that it knows of.
    socket.removeAllListeners('end').once('end', () => this.#halfClose(socket));
    const newest = (line.waiting.at(-1) ?? line.current)?.[0];
    // One that has not come whole is answered with the problem by itself.
    const isBroken = newest?.complete === false;
    line.ending = { problem: isBroken ? undefined : problem };
    if (isBroken && problem) breakBody(newest, problem);
    if (isIdle(line)) this.#close(line, socket);
  }

  /** Those that wait were not begun: nothing came of them, and their client learns that by getting no answer. */
  #endEarly(line: Pipeline, socket: ParsedSocket): void {
    line.waiting = [];
    this.#end(socket, undefined);
    // Node would make a request of each that was read together with this one, which takes nearly as long as to answer it.
    if (socket.parser) socket.parser.onIncoming = () => NOTHING_FOLLOWS;
  }

  #refuseTunnel(socket: Socket): void {
    // Node has let go of the connection.
    socket.on('error', () => undefined);
    const detail = 'This server is no proxy.';
    this.#end(socket, new ProblemException({ code: 'not-implemented', detail }));
  }

  #close({ ending, isHalfClosed }: Pipeline, socket: Socket): void {
    // Node forgets that an answer was to be the last once its Connection header is removed.
    if (!(ending || isHalfClosed) || socket.destroyed) return;
    if (ending?.problem) endWith(ending.problem, socket);
    else socket.destroySoon();
  }

  #halfClose(socket: Socket): void {
    const line = this.#pipelineOf(socket);
    line.isHalfClosed = true;
    this.#limitQuery(line, socket);
  }

  /** What a command has done is always told; a query can be asked again, and may wait for as long as it likes. */
  #limitQuery({ current }: Pipeline, socket: Socket): void {
    if (!current || !['GET', 'HEAD'].includes(current[0].method ?? '')) return;
    const [request, response] = current;
    let timer = setTimeout(() => {
      timer = setTimeout(() => socket.destroy(), HALF_CLOSED_QUERY_MS);
      // For Fastify, whose signal tells handlers that nobody waits for them: they answer, and then those behind have their turn.
      request.emit('close');
    }, HALF_CLOSED_QUERY_MS);
    response.once('close', () => clearTimeout(timer));
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

/** What Node's parser understands by this answer: nothing of HTTP follows. */
const NOTHING_FOLLOWS = 2;
