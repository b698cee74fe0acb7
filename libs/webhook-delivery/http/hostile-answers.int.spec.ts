import fc from 'fast-check';
import { ATTEMPT_FAILURES, type AttemptOutcome } from '../core/ports.js';
import { EMPTY, head, type HostileKind, OK } from '../testing/hostile-receivers/hostile-kind.js';
import { HOSTILE_KINDS } from '../testing/hostile-receivers/hostile-kinds.js';
import { RawReceiver } from '../testing/hostile-receivers/raw-receiver.js';
import { WebhookReceiver } from '../testing/webhook-receiver.js';
import {
  DEVELOPMENT,
  HURRIED,
  noSignal,
  requestFor,
  subscriptionTo,
  withoutHeaders,
} from '../testing/attempt-request.fixture.js';
import { UndiciWebhookClient } from './webhook-client.js';

const DAY_MS = 86_400_000;
/** Kinds tried in parallel: enough to be quick, few enough for the machine to keep up. */
const AT_ONCE = 16;
/** Short, because many kinds end only with the timeout; an attempt cut off on a busy machine is repeated with the longer one. */
const TIMEOUTS_MS = [400, 2_000, 20_000];

describe('hostile answers', () => {
  let receivers: { close(): unknown }[];
  let client: UndiciWebhookClient;
  let answer: string;
  let url: string;

  beforeEach(async () => {
    receivers = [];
    client = new UndiciWebhookClient({ targets: DEVELOPMENT, connectTimeoutMs: 1_000, publicUrl: undefined });
    const answering = await RawReceiver.start((socket, when) => {
      if (when === 'request') socket.write(Buffer.from(answer, 'latin1'));
    });
    receivers.push(answering);
    url = answering.url;
  });
  afterEach(async () => {
    await client.close();
    for (const receiver of receivers) receiver.close();
  });

  const attemptAt = (to: string, timeoutMs = 20_000): Promise<AttemptOutcome> =>
    client
      .attempt(requestFor(subscriptionTo(to, { retry: { ...HURRIED, timeoutMs } })), noSignal())
      .then(withoutHeaders);

  function attemptAnswered(text: string, timeoutMs?: number): Promise<AttemptOutcome> {
    answer = text;
    return attemptAt(url, timeoutMs);
  }

  /** Returns how an attempt ends there. */
  async function endAt(kind: HostileKind): Promise<string> {
    const receiver = await RawReceiver.hostile(kind);
    receivers.push(receiver);
    let end = '';
    for (const timeoutMs of TIMEOUTS_MS) {
      const outcome = await attemptAt(receiver.url, timeoutMs);
      end = outcome.outcome === 'failed' ? outcome.reason : 'delivered';
      if (end !== 'timeout' || kind.ends.includes(end)) break;
    }
    return end;
  }

  describe.each(Object.entries(HOSTILE_KINDS))('%s', (_, kinds) => {
    it('ends as allowed, for a known reason, and delays nothing else', async () => {
      const healthy = await WebhookReceiver.start();
      receivers.push(healthy);
      const wrong: string[] = [];
      for (let at = 0; at < kinds.length; at += AT_ONCE) {
        const tried = kinds.slice(at, at + AT_ONCE).map(async (kind) => {
          const end = await endAt(kind);
          if (!kind.ends.includes(end)) wrong.push(`${kind.name}: ${end}`);
          const known: readonly string[] = ['delivered', ...ATTEMPT_FAILURES];
          if (!kind.ends.every((each) => known.includes(each))) wrong.push(`${kind.name}: unknown reason`);
        });
        expect(await attemptAt(healthy.url)).toMatchObject({
          status: 204,
        });
        await Promise.all(tried);
      }
      expect(wrong).toEqual([]);
    });
  });

  it.each([
    ['in two lines', ['Retry-After: 7', 'Retry-After: 120'], 120_000],
    ['in one line', ['Retry-After: 7, 120'], 120_000],
    ['of which one is nothing', ['Retry-After: soon', 'Retry-After: 7'], 7_000],
    ['of nothing', ['Retry-After:', 'Retry-After: \xff\xfe'], undefined],
    ['of more than a day', [`Retry-After: ${'9'.repeat(2_000)}`], DAY_MS],
    ['a hundred times', Array<string>(100).fill('Retry-After: 3'), 3_000],
  ])('a Retry-After %s gives the expected wait, or none', async (_, lines, retryAfterMs) => {
    const outcome = await attemptAnswered(head(503, ...lines, EMPTY));
    expect(outcome).toEqual({ outcome: 'failed', reason: 'status', status: 503, retryAfterMs });
  });

  it('every status from 200 to 999 means either success or failure', async () => {
    for (let status = 200; status < 1_000; status++) {
      const isGood = status < 300;
      expect(await attemptAnswered(head(status, EMPTY))).toMatchObject(
        isGood ? { outcome: 'delivered', status } : { outcome: 'failed', reason: 'status', status },
      );
    }
  });

  it('an unrequested answer is not mistaken for the answer to the next request', async () => {
    const answers = [OK + head(500, EMPTY), head(503, EMPTY) + OK, OK, head(503, EMPTY)];
    const seen: (number | undefined)[] = [];
    for (const text of answers) seen.push((await attemptAnswered(text)).status);
    expect(seen).toEqual([200, 503, 200, 503]);
  });

  it('an answer on an idle connection is not mistaken for the answer to the next request', async () => {
    let unasked: () => void = () => undefined;
    const receiver = await RawReceiver.start((socket, when) => {
      if (when !== 'request') return;
      socket.write(OK);
      unasked = () => socket.write(head(500, EMPTY));
    });
    receivers.push(receiver);
    for (let round = 0; round < 20; round++) {
      expect(await attemptAt(receiver.url)).toMatchObject({ outcome: 'delivered' });
      unasked();
      while (receiver.connections > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(receiver.requests).toBe(20);
  });

  it('an endless answer is broken off before the timeout', async () => {
    for (const beginning of ['1;', '1\r\na\r\n0\r\nx: ']) {
      answer = head(200, 'transfer-encoding: chunked') + beginning + 'x'.repeat(1_000_000);
      // The status has arrived and decides.
      const outcome = await attemptAt(url, 60_000);
      expect(outcome).toMatchObject({ outcome: 'delivered', status: 200 });
      expect(client.connections).toBe(0);
    }
  });

  it('arbitrary bytes resolve the attempt', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        'Retry-After: 1',
        'Connection: close',
        'Transfer-Encoding: chunked',
        'Content-Length: 3',
      ),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc
        .record({ status: fc.integer({ min: 0, max: 1_100 }), lines: fc.array(line, { maxLength: 6 }) })
        .map(({ status, lines }) => head(status, ...lines, EMPTY)),
    );
    await fc.assert(
      fc.asyncProperty(text, async (sent) => {
        const { outcome } = await attemptAnswered(sent, HURRIED.timeoutMs);
        return outcome === 'delivered' || outcome === 'failed';
      }),
      { numRuns: 40 },
    );
  });
});
