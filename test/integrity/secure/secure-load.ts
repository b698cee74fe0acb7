import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, type Dispatcher, fetch } from 'undici';
import { WebhookReceiver } from '#libs/webhook-delivery/testing';
import { someOrder } from '../../systems/client.js';
import type { SecureSystem } from '../../systems/secure-system.js';

const PAUSE_MS = 50;
const DELIVERY_PATIENCE_MS = 60_000;
const STEP_MS = 200;

interface LoadOptions {
  readonly seconds: number;
  /** Half of them keep a connection of HTTP/2; the others open one for each request. */
  readonly clients: number;
}

interface LoadResult {
  readonly commands: number;
  readonly queries: number;
  /** What went wrong with requests, each of which is sent once. */
  readonly failures: readonly string[];
  /** Orders whose webhook has not come. */
  readonly undelivered: readonly string[];
  readonly longestMs: number;
}

/** Sends commands and queries for a while through the one address of the system, and waits for the webhooks of all orders. */
export async function loadSecurely(
  system: SecureSystem,
  { seconds, clients }: LoadOptions,
): Promise<LoadResult> {
  const { ca } = system;
  const { url, apiKey } = system.running;
  const kept = new Agent({ allowH2: true, connect: { ca } });
  const brief = new Agent({ pipelining: 0, connect: { ca } });
  const receiver = await WebhookReceiver.start();
  const failures: string[] = [];
  const orders: string[] = [];
  let [commands, queries, longestMs] = [0, 0, 0];

  const send = async (dispatcher: Dispatcher, method: string, path: string, body?: object) => {
    const began = performance.now();
    try {
      const answer = await fetch(`${url}${path}`, {
        method,
        dispatcher,
        headers: { authorization: `Bearer ${apiKey}`, ...(body && { 'content-type': 'application/json' }) },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await answer.text();
      if (answer.ok) return JSON.parse(text) as { orderId?: string };
      failures.push(`${method} ${path}: ${answer.status} ${text}`);
    } catch (error) {
      failures.push(`${method} ${path}: ${String((error as Error).cause ?? error)}`);
    } finally {
      longestMs = Math.max(longestMs, performance.now() - began);
    }
    return undefined;
  };

  await send(kept, 'POST', '/v1/webhook-subscriptions', {
    callbackUrl: receiver.url,
    eventTypes: ['order.created'],
  });
  const until = performance.now() + seconds * 1_000;
  const client = async (dispatcher: Dispatcher) => {
    while (performance.now() < until) {
      commands++;
      const made = await send(dispatcher, 'POST', '/v1/orders', someOrder());
      if (made?.orderId !== undefined) orders.push(made.orderId);
      queries++;
      await send(dispatcher, 'GET', '/v1/orders?limit=1');
      await sleep(PAUSE_MS);
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, index) => client(index % 2 === 0 ? kept : brief)));

  const latest = performance.now() + DELIVERY_PATIENCE_MS;
  const undelivered = () => {
    const received = new Set(receiver.deliveries.map(({ event }) => event.data['orderId']));
    return orders.filter((id) => !received.has(id));
  };
  while (undelivered().length > 0 && performance.now() < latest) await sleep(STEP_MS);
  await Promise.all([kept.destroy(), brief.destroy(), receiver.close()]);
  return { commands, queries, failures, undelivered: undelivered(), longestMs: Math.round(longestMs) };
}
