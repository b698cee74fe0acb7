import { once } from 'node:events';
import { createRequire } from 'node:module';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { brokerSockets } from './broker-sockets.js';
import { mendKafkajs } from './kafkajs-mends.js';

const TIMEOUT_MS = 60;
const nothing = () => undefined;

interface Queue {
  scheduleRequestTimeoutCheck(): void;
  push(request: object): void;
  fulfillRequest(answer: { correlationId: number; size: number; payload: undefined }): void;
  destroy(): void;
}
const RequestQueue = createRequire(import.meta.url)('kafkajs/src/network/requestQueue') as new (
  options: object,
) => Queue;

describe('a request to a broker', () => {
  let queue: Queue;
  beforeAll(mendKafkajs);
  beforeEach(() => {
    queue = new RequestQueue({
      maxInFlightRequests: null,
      requestTimeout: TIMEOUT_MS,
      enforceRequestTimeout: true,
      logger: { debug: nothing, warn: nothing },
    });
    queue.scheduleRequestTimeoutCheck();
  });
  afterEach(() => queue.destroy());

  /** @returns how it ended, and after how many milliseconds */
  function send(correlationId: number, requestTimeout?: number): Promise<{ end: string; tookMs: number }> {
    const began = Date.now();
    return new Promise((done) => {
      const ended = (end: string) => () => done({ end, tookMs: Date.now() - began });
      const entry = { correlationId, resolve: ended('answered'), reject: ended('timed out') };
      queue.push({ entry, expectResponse: true, sendRequest: nothing, requestTimeout });
    });
  }
  const answer = (correlationId: number) =>
    queue.fulfillRequest({ correlationId, size: 0, payload: undefined });

  it('fails after its time, whether or not others were answered', async () => {
    const answered = send(1);
    await sleep(TIMEOUT_MS / 2);
    const late = send(2);
    answer(1);
    expect(await answered).toMatchObject({ end: 'answered' });
    const { end, tookMs } = await late;
    expect(end).toBe('timed out');
    expect(tookMs).toBeGreaterThanOrEqual(TIMEOUT_MS);
    expect(tookMs).toBeLessThan(4 * TIMEOUT_MS);
  });

  it('may take longer than others', async () => {
    const long = send(1, 4 * TIMEOUT_MS);
    expect(await send(2)).toMatchObject({ end: 'timed out' });
    const { end, tookMs } = await long;
    expect(end).toBe('timed out');
    expect(tookMs).toBeGreaterThanOrEqual(4 * TIMEOUT_MS);
  });

  it('fails after its time on a connection that was closed and opened again', async () => {
    const first = send(1);
    answer(1);
    await first;
    queue.destroy();
    queue.scheduleRequestTimeoutCheck();
    expect(await send(2)).toMatchObject({ end: 'timed out' });
  });

  it('costs no timer once it has been answered', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
    const before = timers();
    const sent = send(1);
    answer(1);
    await sent;
    await sleep(2 * TIMEOUT_MS);
    expect(timers()).toBeLessThanOrEqual(before);
  });
});

describe('a connection to a broker', () => {
  it('opens one socket, whoever wants it at the same time', async () => {
    mendKafkajs();
    const load = createRequire(import.meta.url);
    const Connection = load('kafkajs/src/network/connection') as new (
      options: object,
    ) => {
      connect(): Promise<unknown>;
      disconnect(): Promise<unknown>;
    };
    let opened = 0;
    const server = net.createServer(() => void opened++).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    const logger = { namespace: () => ({ debug: nothing, warn: nothing, error: nothing }) };
    const connection = new Connection({
      host: '127.0.0.1',
      port,
      logger,
      socketFactory: brokerSockets(undefined),
      connectionTimeout: 10_000,
      requestTimeout: 10_000,
    });
    await Promise.all([connection.connect(), connection.connect(), connection.connect()]);
    await connection.disconnect();
    await new Promise((done) => server.close(done));
    expect(opened).toBe(1);
  });
});
