import { join } from 'node:path';
import { LogReader } from '../log-reader.js';
import {
  type GatewayOperation,
  SHOP_TOPICS,
  type ShopEvent,
  type ShopEventData,
  type ShopEvidence,
  type ShopTopic,
  type TakenMail,
} from './evidence.js';
import type { FulfilmentTestbed } from './fulfilment-testbed.js';

type ShopValue = ShopEventData & { readonly metadata: { readonly tenant: string } };

/** Topics that are read at the same time. */
const AT_ONCE = 2;

/** What the log, the gateway and the mail server say, each read without the product's code. */
export async function readShop(
  testbed: FulfilmentTestbed,
): Promise<Pick<ShopEvidence, 'events' | 'operations' | 'mails' | 'readAt'>> {
  const events: ShopEvent[] = [];
  const left = [...SHOP_TOPICS];
  const readAll = async (): Promise<void> => {
    for (let topic = left.shift(); topic; topic = left.shift())
      events.push(...(await readTopic(testbed, topic)));
  };
  const readAt = Date.now();
  await Promise.all(Array.from({ length: AT_ONCE }, readAll));
  return { events, readAt, operations: await gatewayReport(testbed), mails: await takenMails(testbed) };
}

async function readTopic({ servers, directory }: FulfilmentTestbed, topic: ShopTopic): Promise<ShopEvent[]> {
  const logFile = join(directory, `read-${topic}.log`);
  const reader = new LogReader(servers.kafka.brokers, servers.registry.url, logFile);
  return (await reader.readValues<ShopValue>(topic)).map(({ record, value }) => {
    const { partition, offset, headers, streamId, version, commandId, occurredAt } = record;
    const { tenant } = value.metadata;
    const at = { topic, partition, offset };
    return { ...at, type: headers.type, streamId, version, commandId, tenant, occurredAt, data: value };
  });
}

async function gatewayReport({ gateway }: FulfilmentTestbed): Promise<readonly GatewayOperation[]> {
  const answer = await fetch(`${gateway.url}/report`);
  if (!answer.ok) throw new Error(`the gateway's report was answered ${answer.status}`);
  return ((await answer.json()) as { operations: readonly GatewayOperation[] }).operations;
}

async function takenMails({ mailbox }: FulfilmentTestbed): Promise<TakenMail[]> {
  const caught = await mailbox.caught();
  return caught.map(({ messageId, to, answered, file }) => ({ messageId, to, answered, at: timeIn(file) }));
}

/** A mail's file is named after the time at which it came: `2026-01-31T12-00-00.000Z-000001.eml`. */
function timeIn(file: string): number {
  const [, day, hours, minutes, seconds] = /^(.{10})T(..)-(..)-(..\.\d{3}Z)/.exec(file) ?? [];
  return Date.parse(`${day}T${hours}:${minutes}:${seconds}`);
}
