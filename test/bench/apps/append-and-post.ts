/**
 * The limit for any webhooks from Kafka in Node. Appends what it takes to a topic, answers when that is acknowledged, and
 * then posts it to each endpoint, one after the other. It checks, decides, retries and remembers nothing.
 */
import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { HttpConnection, type HttpRequest, serveHttp } from '../measuring/raw-http.js';

const TOPIC = 'bench-append-and-post';
const PARTITIONS = 12;
const ENDPOINT_HEADERS = { 'content-type': 'application/json' };

interface Append {
  readonly message: { readonly key: string; readonly value: string };
  readonly appended: () => void;
}

const kafka = new kafkajs.Kafka({
  brokers: (process.env.KAFKA_BROKERS ?? '').split(','),
  logLevel: kafkajs.logLevel.NOTHING,
});
const producer = kafka.producer({
  idempotent: false,
  allowAutoTopicCreation: false,
  createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
});

let waiting: Append[] = [];
let isAppending = false;

/** One append at a time, of all that has come meanwhile. */
async function appendAll(): Promise<void> {
  isAppending = true;
  while (waiting.length > 0) {
    const appends = waiting;
    waiting = [];
    await producer.send({ topic: TOPIC, acks: -1, messages: appends.map(({ message }) => message) });
    for (const { appended } of appends) appended();
  }
  isAppending = false;
}

/** Posts in the order of the log. */
class Endpoint {
  readonly #connection: HttpConnection;
  readonly #queue: string[] = [];
  #isPosting = false;

  constructor(url: string) {
    this.#connection = new HttpConnection(url, ENDPOINT_HEADERS);
  }

  owe(event: string): void {
    this.#queue.push(event);
    if (!this.#isPosting) void this.#postAll();
  }

  async #postAll(): Promise<void> {
    this.#isPosting = true;
    for (let next = 0; next < this.#queue.length; next++) {
      await this.#connection.request('POST', '/', this.#queue[next]);
    }
    this.#queue.length = 0;
    this.#isPosting = false;
  }
}

const endpoints = new Map<string, Endpoint>();
/** How many events each order has. */
const versions = new Map<string, number>();

function subscribe({ body }: HttpRequest): string {
  const { callbackUrl } = JSON.parse(body) as { readonly callbackUrl: string };
  const subscriptionId = randomUUID();
  endpoints.set(subscriptionId, new Endpoint(callbackUrl));
  return JSON.stringify({ subscriptionId, secret: '' });
}

/** @param orderId of an order that takes a step; without it, a new one */
function take(body: string, orderId: string = randomUUID()): Promise<string> {
  const version = (versions.get(orderId) ?? 0) + 1;
  versions.set(orderId, version);
  const value = `{"version":${version},"data":{"orderId":"${orderId}",${body.slice(1)}}`;
  return new Promise((resolve) => {
    const appended = () => {
      for (const endpoint of endpoints.values()) endpoint.owe(value);
      resolve(`{"orderId":"${orderId}"}`);
    };
    waiting.push({ message: { key: orderId, value }, appended });
    if (!isAppending) void appendAll();
  });
}

const admin = kafka.admin();
await admin.connect();
await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] });
await admin.disconnect();
await producer.connect();

await serveHttp((request, answer) => {
  const [, , resource = '', id] = request.path.split('/');
  if (request.method === 'GET') answer('200 OK');
  else if (request.method === 'DELETE') {
    endpoints.delete(id ?? '');
    answer('204 No Content');
  } else if (resource === 'webhook-subscriptions') answer('201 Created', subscribe(request));
  else void take(request.body, id).then((taken) => answer(id ? '200 OK' : '201 Created', taken));
}, Number(process.env.HTTP_PORT));
