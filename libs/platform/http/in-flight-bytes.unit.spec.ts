import { EventEmitter } from 'node:events';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { setPrincipal } from '../auth/caller.js';
import { ALL_OF_A_TENANT } from '../auth/scopes.js';
import { assignConnectionShare } from './connection-shares.js';
import { InFlightBytes } from './in-flight-bytes.js';

type Hook = (request: FastifyRequest, reply: FastifyReply, ...rest: unknown[]) => void;

describe('bytes in flight', () => {
  const hooks = new Map<string, Hook>();
  let inFlight: InFlightBytes;
  let ends: (() => void)[];
  beforeEach(() => {
    ends = [];
    inFlight = new InFlightBytes(1_000_000);
    inFlight.install({
      addHook: (name: string, hook: Hook) => hooks.set(name, hook),
    } as never as FastifyInstance);
  });

  afterEach(() => {
    for (const end of ends) end();
  });

  function begin(tenant: string | undefined, method = 'POST') {
    const request = { method, url: '/', raw: { socket: new EventEmitter() } } as unknown as FastifyRequest;
    const raw = new EventEmitter();
    const reply = { raw, statusCode: 200 } as unknown as FastifyReply;
    for (const name of ['removeHeader', 'header', 'type'] as const) reply[name] = () => reply;
    reply.code = (status: number) => Object.assign(reply, { statusCode: status });
    hooks.get('onRequest')?.(request, reply, () => undefined);
    if (tenant !== undefined) setPrincipal(request, { tenant, actor: 'k', scopes: ALL_OF_A_TENANT });
    const send = (payload: string): string => {
      let sent: unknown = payload;
      hooks.get('onSend')?.(request, reply, payload, (_: unknown, given: unknown) => (sent = given));
      return sent as string;
    };
    const end = (): void => void raw.emit('close');
    ends.push(end);
    return { request, reply, send, end };
  }
  const refused = expect.objectContaining({ code: 'tenant-share-exceeded', retryAfterSeconds: 1 });
  const reserve = (request: FastifyRequest, bytes: number) => {
    try {
      inFlight.reserve(request, bytes);
      return undefined;
    } catch (problem) {
      return problem;
    }
  };

  it('leave others as much as one tenant has, and come free with the end of a request', () => {
    const [first, second, other] = [begin('greedy'), begin('greedy'), begin('other')];
    expect(reserve(first.request, 400_000)).toBeUndefined();
    expect(reserve(second.request, 400_000)).toEqual(refused);
    expect(reserve(other.request, 300_000)).toBeUndefined();
    first.end();
    other.end();
    expect(reserve(second.request, 400_000)).toBeUndefined();
  });

  it('are refused to a tenant because of the others where it has less than they have', () => {
    for (const tenant of ['a', 'b', 'c']) expect(reserve(begin(tenant).request, 240_000)).toBeUndefined();
    expect(reserve(begin('small').request, 300_000)).toMatchObject({ code: 'unavailable' });
    expect(reserve(begin('a').request, 50_000)).toMatchObject({ code: 'tenant-share-exceeded' });
  });

  it('come free in part, and no more than once', () => {
    const first = begin('a');
    expect(reserve(first.request, 500_000)).toBeUndefined();
    inFlight.release(first.request, 400_000);
    expect(reserve(begin('b').request, 400_000)).toBeUndefined();
    first.end();
    inFlight.release(first.request, 400_000);
    expect(reserve(begin('c').request, 650_000)).toMatchObject({ code: 'unavailable' });
  });

  it('of our own processes are none of those that strangers take', () => {
    const [stranger, peer] = [begin(undefined, 'GET'), begin(undefined)];
    assignConnectionShare(peer.request, 'our peers');
    expect(stranger.send('x'.repeat(400_000))).toHaveLength(400_000);
    expect(reserve(peer.request, 300_000)).toBeUndefined();
    expect(JSON.parse(begin(undefined, 'GET').send('x'.repeat(200_000)))).toMatchObject({
      code: 'unavailable',
    });
  });

  it('are not taken by a request whose connection has ended already', () => {
    const gone = begin('a');
    gone.end();
    expect(reserve(gone.request, 500_000)).toBeUndefined();
    expect(reserve(begin('a').request, 500_000)).toBeUndefined();
  });

  it('are those of answers too, until they were sent', () => {
    const answer = 'x'.repeat(400_000);
    const [first, second] = [begin('a', 'GET'), begin('a', 'GET')];
    expect(first.send(answer)).toBe(answer);
    expect(JSON.parse(second.send(answer))).toMatchObject({ code: 'tenant-share-exceeded', status: 429 });
    expect(second.reply.statusCode).toBe(429);
    first.end();
    second.end();
    const third = begin('a', 'GET');
    expect(third.send(answer)).toBe(answer);
    third.end();
  });

  it('never keep from a client what its command has done', () => {
    const answer = 'x'.repeat(400_000);
    const [first, second] = [begin('a'), begin('a')];
    expect([first.send(answer), second.send(answer)]).toEqual([answer, answer]);
    first.end();
    second.end();
  });
});
