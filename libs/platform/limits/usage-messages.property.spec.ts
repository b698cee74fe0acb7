import fc from 'fast-check';
import { newId } from '#libs/kernel';
import { itForAll } from '#libs/kernel/testing';
import type { Usage } from './rate-budgets.js';
import { readUsageMessage, usageMessages } from './usage-messages.js';

const usage = fc.record({ orders: fc.nat(), requests: fc.nat() }).map(
  ({ orders, requests }): Usage => ({
    orders: Math.min(orders, 100_000_000),
    requests: Math.min(requests, 100_000_000),
  }),
);
const used = fc.uniqueArray(fc.tuple(fc.string({ minLength: 1, maxLength: 63, unit: 'binary' }), usage), {
  selector: ([tenant]) => tenant,
  maxLength: 300,
  size: 'max',
});

describe('messages about what tenants have used', () => {
  itForAll('tell all of it, in as many as fit into notices', [used], (all) => {
    const from = newId();
    const messages = usageMessages(from, all);
    for (const message of messages) expect(Buffer.byteLength(message)).toBeLessThan(8_000);
    const read = messages.map(readUsageMessage);
    expect(read.every((message) => message?.from === from)).toBe(true);
    expect(new Map(read.flatMap((message) => [...message!.used]))).toEqual(new Map(all));
  });

  itForAll('are none for anything else', [fc.oneof(fc.string(), fc.json())], (text) => {
    expect(readUsageMessage(text)).toBeUndefined();
  });

  const from = newId();
  it.each([
    { from: 'somebody', used: [] },
    { from, used: [['acme', -1, 0]] },
    { from, used: [['acme', 1e300, 0]] },
    { from, used: [['acme', 0.5, 0]] },
    { from, used: [['acme', '1', 0]] },
    { from, used: [['', 1, 0]] },
    { from, used: [['acme', 1]] },
    { from, used: { acme: [1, 1] } },
  ])('have counts that can be: %j', (message) => {
    expect(readUsageMessage(JSON.stringify(message))).toBeUndefined();
  });
});
