import { setTimeout as sleep } from 'node:timers/promises';
import { WebhookReceiver } from '#libs/webhook-delivery/testing';
import { Bystander } from '../floods/bystander.js';
import { sightLines } from '../floods/sight-lines.js';
import { PatientClient } from '../patient-client.js';
import type { WholeProduct } from '../testbed.js';
import { type EndsByKind, HostileSubscribers, violationsOf } from './hostile-subscribers.js';

/** Orders in flight to one kind, so that there is always more to do. */
const ORDERS_AT_ONCE = 6;
const MOST_SHOWN = 20;
const POSITION = /^(?<partition>.+)@(?<offset>\d+)$/;

interface ReceiversOptions {
  /** For which it is looked, before the hostile ones and at least while they are there. */
  readonly seconds: number;
  readonly log: (line: string) => void;
}

/**
 * Delivers to a receiver of every hostile kind at once, again and again, while another tenant works. Says how the attempts
 * ended, and what the other tenant saw without and with them.
 * @returns whether every attempt ended as it may, the process is the same, and the other tenant had everything, in order
 */
export async function runReceivers(
  { app, product }: WholeProduct,
  { seconds, log }: ReceiversOptions,
): Promise<boolean> {
  const { pid } = app;
  const [hostileKey, healthyKey] = [await product.newKey('hostile'), await product.newKey('bystander')];
  const bystander = await Bystander.subscribed(app.url, pid, healthyKey);
  const ordered = await OrderedReceiver.subscribed(app.url, healthyKey);
  const hostile = await HostileSubscribers.subscribed(app.url, hostileKey);

  const without = await bystander.watch(sleep(seconds * 1_000));
  const delivering = deliverFor(seconds, hostile);
  const beside = await bystander.watch(delivering);
  const { rounds, found } = await delivering;

  for (const line of tableOf(found)) log(line);
  log(`${hostile.size} hostile kinds, ${rounds * ORDERS_AT_ONCE} events each, ${ORDERS_AT_ONCE} at once`);
  for (const line of sightLines('without them', without)) log(line);
  for (const line of sightLines('beside them', beside)) log(line);
  const violations = [
    ...violationsOf(found),
    ...ordered.violations(),
    ...without.failures,
    ...beside.failures,
    ...(app.pid === pid ? [] : [`process ${pid} is gone`]),
  ];
  for (const violation of violations.slice(0, MOST_SHOWN)) log(`VIOLATION ${violation}`);
  log(
    `${ordered.received} events were delivered in order; the process is ${app.pid}, at the start it was ${pid}`,
  );
  await hostile.stop();
  await Promise.all([bystander.stop(), ordered.close()]);
  return violations.length === 0;
}

async function deliverFor(seconds: number, hostile: HostileSubscribers) {
  const end = performance.now() + seconds * 1_000;
  for (let rounds = 1; ; rounds++) {
    const found = await hostile.deliver(ORDERS_AT_ONCE, rounds);
    if (performance.now() > end) return { rounds, found };
  }
}

/** A row for each group and end: how often, at how many kinds. */
function tableOf(found: EndsByKind): string[] {
  const rows = new Map<string, { attempts: number; kinds: number }>();
  for (const [kind, counts] of found) {
    const [group = ''] = kind.split('/');
    for (const [end, attempts] of Object.entries(counts)) {
      const key = `${group.padEnd(14)}${end.padEnd(22)}`;
      const row = rows.get(key) ?? { attempts: 0, kinds: 0 };
      rows.set(key, { attempts: row.attempts + attempts, kinds: row.kinds + 1 });
    }
  }
  return [...rows].map(
    ([key, { attempts, kinds }]) => `${key}${String(attempts).padStart(6)} attempts at ${kinds} kinds`,
  );
}

/** A well-behaved subscriber that is sent each partition in order. */
class OrderedReceiver {
  private constructor(private readonly receiver: WebhookReceiver) {}

  static async subscribed(url: string, apiKey: string): Promise<OrderedReceiver> {
    const receiver = await WebhookReceiver.start();
    const body = { callbackUrl: receiver.url, eventTypes: ['order.created'], ordering: 'partition' };
    await new PatientClient(url, apiKey).subscribe(body);
    return new OrderedReceiver(receiver);
  }

  get received(): number {
    return this.receiver.deliveries.length;
  }

  /** Events that came after later ones of their partition, or twice. */
  violations(): string[] {
    const last = new Map<string, number>();
    const found: string[] = [];
    for (const { headers } of this.receiver.deliveries) {
      const position = String(headers['orderstream-position']);
      const { partition = '', offset } = POSITION.exec(position)?.groups ?? {};
      const previous = last.get(partition) ?? -1;
      if (Number(offset) <= previous) found.push(`${position} came after ${partition}@${previous}`);
      last.set(partition, Number(offset));
    }
    return found;
  }

  close(): Promise<void> {
    return this.receiver.close();
  }
}
