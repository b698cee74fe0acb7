/** The limit for any dispatcher in Node: requests signed beforehand, posted one after the other on each connection. */
import { performance } from 'node:perf_hooks';
import { Agent, request } from 'undici';
import { newId } from '#libs/kernel';
import { Webhook } from 'standardwebhooks';
import { MeasuredWindow, type Span } from '../measuring/measurement.js';
import { serveJobs } from '../measuring/worker.js';
import { ORDER } from '../ingest/order.js';

export interface RawPostsJob extends Span {
  readonly urls: readonly string[];
  /** To each endpoint. */
  readonly inFlight: number;
}

interface Signed {
  readonly headers: Record<string, string>;
  readonly body: string;
}

const DIFFERENT = 2_000;
const signer = new Webhook(Buffer.alloc(32, 7).toString('base64'));

function signed(): Signed {
  const now = new Date();
  const eventId = newId();
  const data = { orderId: newId(), ...ORDER, total: 6_800 };
  const body = JSON.stringify({ eventId, eventType: 'order.created', occurredAt: now, version: 1, data });
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Orderstream/1',
    'webhook-id': eventId,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': signer.sign(eventId, now, body),
    'x-event-type': 'order.created',
    'orderstream-position': 'orders/3@12345',
    'orderstream-previous': newId(),
    'orderstream-watermark': 'orders/3@12344',
    'orderstream-attempt': '1',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  };
  return { headers, body };
}

async function post({ urls, inFlight, ...span }: RawPostsJob) {
  const pool = Array.from({ length: DIFFERENT }, signed);
  const dispatcher = new Agent({ pipelining: 1 });
  const window = new MeasuredWindow(span, 1);
  let turn = 0;
  const loop = async (url: string) => {
    while (!window.over) {
      const { headers, body } = pool[turn++ % DIFFERENT] as Signed;
      const began = performance.now();
      const answer = await request(url, { dispatcher, method: 'POST', headers, body });
      await answer.body.dump();
      if (answer.statusCode === 204) window.succeeded(performance.now() - began);
      else window.failed(String(answer.statusCode));
    }
  };
  await Promise.all(urls.flatMap((url) => Array.from({ length: inFlight }, () => loop(url))));
  await dispatcher.close();
  return window.result();
}

serveJobs(post);
