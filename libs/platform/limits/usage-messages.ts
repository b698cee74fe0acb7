import { z } from 'zod';
import type { Usage } from './rate-budgets.js';

/** Postgres delivers notices of less than 8,000 bytes. */
const MAX_MESSAGE_BYTES = 7_900;
/** A process cannot have let more through within one message. */
const MOST_USED = 100_000_000;

/** What the tenants of a process have used since its last message. */
export interface UsageMessage {
  readonly from: string;
  readonly used: ReadonlyMap<string, Usage>;
}

const count = z.int().min(0).max(MOST_USED);

const messageSchema = z.object({
  from: z.uuid(),
  used: z.array(z.tuple([z.string().min(1).max(1_000), count, count])).max(1_000),
});

/** As many messages as it takes; one without tenants if there are none, which says that the process runs. */
export function usageMessages(from: string, used: Iterable<readonly [tenant: string, Usage]>): string[] {
  const head = `{"from":"${from}","used":[`;
  const messages: string[] = [];
  let [entries, bytes]: [string[], number] = [[], head.length];
  const end = (): void => {
    messages.push(`${head}${entries.join(',')}]}`);
    [entries, bytes] = [[], head.length];
  };
  for (const [tenant, { orders = 0, requests = 0 }] of used) {
    const entry = JSON.stringify([tenant, Math.min(orders, MOST_USED), Math.min(requests, MOST_USED)]);
    const size = Buffer.byteLength(entry) + 1;
    if (head.length + size > MAX_MESSAGE_BYTES) continue;
    if (bytes + size > MAX_MESSAGE_BYTES) end();
    entries.push(entry);
    bytes += size;
  }
  end();
  return messages;
}

/** `undefined` for anything that no process of ours has sent. */
export function readUsageMessage(text: string): UsageMessage | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const parsed = messageSchema.safeParse(json);
  if (!parsed.success) return undefined;
  const { from, used } = parsed.data;
  return { from, used: new Map(used.map(([tenant, orders, requests]) => [tenant, { orders, requests }])) };
}
