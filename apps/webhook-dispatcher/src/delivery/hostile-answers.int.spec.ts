import { type AddressInfo, createServer, type Server } from 'node:net';
import fc from 'fast-check';
import type { FailedAttempt } from '#libs/dispatching';
import { DEVELOPMENT, HURRIED, noSignal, requestFor, subscriptionTo } from './attempt-request.fixture.js';
import { failureReason } from './attempt-failure.js';
import { PostedDelivery } from './posted-delivery.js';
import { UndiciWebhookClient } from './undici-webhook-client.js';

/** A receiver that sends these bytes in answer to each request. */
class RawReceiver {
  answer: Buffer = Buffer.alloc(0);
  readonly #server: Server = createServer((socket) => {
    socket.on('error', () => {}).on('data', () => socket.write(this.answer));
  });

  async start(): Promise<string> {
    await new Promise<void>((resolve) => {
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`;
  }

  close(): void {
    this.#server.close();
  }
}

const DAY_MS = 86_400_000;
const head = (status: string, ...lines: string[]): string =>
  [`HTTP/1.1 ${status} x`, ...lines, 'content-length: 0', '', ''].join('\r\n');

describe('whatever an endpoint answers', () => {
  let receiver: RawReceiver;
  let client: UndiciWebhookClient;
  let url: string;

  beforeEach(async () => {
    receiver = new RawReceiver();
    url = await receiver.start();
    client = new UndiciWebhookClient({ targets: DEVELOPMENT, connectTimeoutMs: 1_000, publicUrl: undefined });
  });
  afterEach(async () => {
    await client.close();
    receiver.close();
  });

  function attemptAnswered(answer: string) {
    receiver.answer = Buffer.from(answer, 'latin1');
    return client.attempt(requestFor(subscriptionTo(url, { retry: HURRIED })), noSignal());
  }

  it.each([
    ['in two lines', ['Retry-After: 7', 'Retry-After: 120'], 120_000],
    ['in one line', ['Retry-After: 7, 120'], 120_000],
    ['of which one is nothing', ['Retry-After: soon', 'Retry-After: 7'], 7_000],
    ['of nothing', ['Retry-After:', 'Retry-After: \xff\xfe'], undefined],
    ['of more than a day', [`Retry-After: ${'9'.repeat(2_000)}`], DAY_MS],
    ['a hundred times', Array<string>(100).fill('Retry-After: 3'), 3_000],
  ])('a Retry-After %s is a wait, or none', async (_, lines, retryAfterMs) => {
    const outcome = await attemptAnswered(head('503', ...lines));
    expect(outcome).toEqual({ outcome: 'failed', reason: 'status', status: 503, retryAfterMs });
  });

  it.each(['__proto__', 'constructor', 'hasownproperty', 'tostring'])(
    'a header called %s is one like any other',
    async (name) => {
      expect(await attemptAnswered(head('204', `${name}: a`, `${name}: b`))).toEqual({
        outcome: 'delivered',
        status: 204,
      });
    },
  );

  it.each(['000', '099', '100', '101', '103', '199'])('%s settles nothing', async (status) => {
    const { outcome } = await attemptAnswered(head(status, 'upgrade: x'));
    expect(outcome).toBe('failed');
  });

  it.each(['300', '399', '600', '999'])('%s is a failure', async (status) => {
    expect(await attemptAnswered(head(status))).toMatchObject({ reason: 'status', status: Number(status) });
  });

  it.each(['99', '1000', '-1', 'abc', ''])('the status "%s" is none', async (status) => {
    expect(await attemptAnswered(head(status))).toMatchObject({
      outcome: 'failed',
      reason: 'invalid-answer',
    });
  });

  it('that announces an answer for ever is given up before the time-out', async () => {
    const begun = Date.now();
    receiver.answer = Buffer.from('HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(10_000));
    expect(await client.attempt(requestFor(subscriptionTo(url)), noSignal())).toEqual({
      outcome: 'failed',
      reason: 'invalid-answer',
    });
    expect(Date.now() - begun).toBeLessThan(10_000);
  });

  it.each([
    ['in its extensions of chunks', '1;'],
    ['in its trailers', '1\r\na\r\n0\r\nx: '],
  ])('that does not end %s is broken off before the time-out', async (_, beginning) => {
    const chunked = `HTTP/1.1 200 x\r\ntransfer-encoding: chunked\r\n\r\n${beginning}`;
    receiver.answer = Buffer.from(chunked + 'x'.repeat(1_000_000));
    const patient = { ...HURRIED, timeoutMs: 60_000 };
    const outcome = await client.attempt(requestFor(subscriptionTo(url, { retry: patient })), noSignal());
    // The status has come, and decides.
    expect(outcome).toMatchObject({ outcome: 'delivered', status: 200 });
    expect(client.connections).toBe(0);
  });

  it('any bytes at all settle the attempt', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        'Retry-After: 1',
        'Connection: close',
        'Transfer-Encoding: chunked',
        'Content-Length: 3',
      ),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    const answer = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .record({ status: fc.integer({ min: 0, max: 1_100 }), lines: fc.array(line, { maxLength: 6 }) })
        .map(({ status, lines }) => head(String(status), ...lines)),
    );
    await fc.assert(
      fc.asyncProperty(answer, async (text) => {
        const { outcome } = await attemptAnswered(text);
        return outcome === 'delivered' || outcome === 'failed';
      }),
      { numRuns: 40 },
    );
  });
});

describe('a fault of ours while an attempt is under way', () => {
  const broken = new Proxy(
    {},
    {
      get() {
        throw new Error('broken');
      },
    },
  ) as never;

  it.each<[string, (delivery: PostedDelivery) => void]>([
    [
      'as it begins',
      (delivery) => {
        delivery.giveUp('timeout');
        delivery.onRequestStart(broken);
      },
    ],
    ['when an answer comes', (delivery) => delivery.onResponseStart(broken, 500, broken)],
    ['in its body', (delivery) => delivery.onResponseData(broken, broken)],
    [
      'at its end',
      (delivery) => {
        delivery.onResponseStart(broken, 500, { 'retry-after': { trim: 1 } as never });
        delivery.onResponseEnd();
      },
    ],
    ['in an error', (delivery) => delivery.onResponseError(broken, broken)],
  ])('%s fails that attempt, and is told', async (_, befall) => {
    const faults: unknown[] = [];
    let ended = 0;
    const delivery = new PostedDelivery({ ended: () => ended++, faulted: (error) => faults.push(error) });
    expect(() => befall(delivery)).not.toThrow();
    expect((await delivery.outcome).outcome).toBe('failed');
    expect(ended).toBe(1);
  });

  it('is named as such', async () => {
    const faults: unknown[] = [];
    const delivery = new PostedDelivery({ ended: () => {}, faulted: (error) => faults.push(error) });
    delivery.onResponseData(broken, broken);
    expect(((await delivery.outcome) as FailedAttempt).reason).toBe('internal-error');
    expect(faults).toHaveLength(1);
  });

  it('has a reason, also where causes go round in a circle', () => {
    const error = new Error('a');
    error.cause = error;
    expect(failureReason(error)).toBe('connection-failed');
  });
});
