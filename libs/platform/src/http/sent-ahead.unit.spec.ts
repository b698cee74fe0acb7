import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import fastifyOf, { type FastifyInstance } from 'fastify';
import { boundRequestsSentAhead } from './sent-ahead.js';

const request = (path: string) => `GET ${path} HTTP/1.1\r\nhost: here\r\n\r\n`;

describe('requests that are sent before the answers to earlier ones', () => {
  let fastify: FastifyInstance;
  let client: Socket;
  let open: number;
  let handled: number;
  let release: () => void;

  beforeEach(async () => {
    fastify = fastifyOf();
    boundRequestsSentAhead(fastify.server);
    open = handled = 0;
    const held = new Promise<void>((resolve) => (release = resolve));
    fastify.addHook('onRequest', (_request, reply, done) => {
      open++;
      reply.raw.once('close', () => open--);
      done();
    });
    fastify.get('/held', () => held.then(() => 'held'));
    fastify.get('/quick', () => `answer ${++handled}`);
    await fastify.listen({ port: 0, host: '127.0.0.1' });
    client = connect((fastify.server.address() as AddressInfo).port, '127.0.0.1');
    client.on('error', () => undefined);
    await once(client, 'connect');
  });
  afterEach(async () => {
    release();
    client.destroy();
    await fastify.close();
  });

  async function until(isSo: () => boolean): Promise<void> {
    for (let left = 200; !isSo() && left > 0; left--) await sleep(10);
    expect(isSo()).toBe(true);
  }

  it('are answered in order', async () => {
    let text = '';
    client.on('data', (bytes) => (text += String(bytes)));
    client.write(request('/held') + request('/quick').repeat(20));
    await until(() => handled === 20);
    release();
    await until(() => text.includes('answer 20'));
    const numbers = [...text.matchAll(/answer (\d+)/g)].map(([, number]) => Number(number));
    expect(numbers).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(text.indexOf('held')).toBeLessThan(text.indexOf('answer'));
    await until(() => open === 0);
  });

  it('hold nothing once their connection has ended', async () => {
    client.write(request('/held') + request('/quick').repeat(20));
    await until(() => handled === 20);
    expect(open).toBe(21);
    client.destroy();
    await until(() => open === 0);
  });

  it('end the connection when they are many', async () => {
    client.resume();
    client.write(request('/held') + request('/quick').repeat(1_000));
    await once(client, 'close');
    await until(() => open === 0);
    expect(handled).toBeLessThan(33);
  });

  it('end the connection when they are many, though each is answered before the next is looked at', async () => {
    client.resume();
    client.write(request('/quick').repeat(1_000));
    await once(client, 'close');
    expect(handled).toBeLessThan(33);
  });
});
