import { jest } from '@jest/globals';
import type { Clock } from '#libs/kernel';
import { loadSettings } from '../settings/settings.js';
import { RateLimits } from './rate-limits.js';
import { TenantQuotas } from './tenant-quotas.js';
import { UsageExchange } from './usage-exchange.js';

const PER_SECOND = 100;
const TICK_MS = 200;

describe('processes that tell each other what tenants use', () => {
  let now: number;
  let isCut: boolean;
  let isDeaf: boolean;
  let ticks: (() => void)[];
  let listeners: ((message: string) => void)[];
  let sent: string[];

  const clock = {
    monotonic: () => now,
    every: (_ms: number, callback: () => void) => {
      ticks.push(callback);
      return () => undefined;
    },
  } as unknown as Clock;

  beforeEach(() => {
    [now, isCut, isDeaf, ticks, listeners, sent] = [0, false, false, [], [], []];
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => {
    jest.restoreAllMocks();
  });

  function makeProcess() {
    const settings = loadSettings({ RATE_LIMIT_ORDERS_PER_SECOND: String(PER_SECOND) });
    const limits = new RateLimits(new TenantQuotas(settings));
    const send = async (messages: readonly string[]) => {
      if (isCut) throw new Error('away');
      sent.push(...messages);
      if (isDeaf) return;
      for (const listener of listeners) for (const message of messages) listener(message);
    };
    const listen = (listener: (message: string) => void) => void listeners.push(listener);
    const exchange = new UsageExchange(limits, { send, listen, processes: async () => 4 }, clock);
    return { exchange, limits, take: (count = 1) => limits.of('acme')?.take('orders', count) };
  }

  async function pass(ms: number): Promise<void> {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      now += TICK_MS;
      for (const tick of ticks) tick();
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  it.each([1, 2, 3])('let through the rate, and one second of it, together: %i of them', async (count) => {
    const processes = Array.from({ length: count }, makeProcess);
    let taken = 0;
    for (let passed = 0; passed < 20_000; passed += TICK_MS) {
      for (const { take } of processes) while (take()) taken++;
      await pass(TICK_MS);
    }
    const allowed = 20 * PER_SECOND + PER_SECOND;
    expect(taken).toBeGreaterThan(0.95 * allowed);
    // At first, each had a second's worth before it heard of the others, and some of that debt may be left.
    expect(taken).toBeLessThan(1.05 * allowed);
  });

  it('refuse nobody who is under the limit, wherever the requests go', async () => {
    const processes = [makeProcess(), makeProcess(), makeProcess()];
    for (let passed = 0; passed < 20_000; passed += TICK_MS) {
      // Nine tenths of the rate, all of it at one process for a while, then at another.
      const process = processes[Math.floor(passed / 3_000) % 3];
      for (let n = 0; n < 0.09 * TICK_MS; n++) expect(process?.take()).toBe(true);
      await pass(TICK_MS);
    }
  });

  it('keep to an equal part each while no message comes back, and to the whole rate afterwards', async () => {
    const processes = [makeProcess(), makeProcess()];
    for (const { take } of processes) take();
    await pass(1_000);
    expect(processes.map(({ exchange }) => exchange.processes)).toEqual([2, 2]);
    isCut = true;
    for (const { take } of processes) take();
    await pass(3_000);
    let taken = 0;
    for (const { take } of processes) while (take()) taken++;
    expect(taken).toBe(PER_SECOND);
    await pass(30_000);
    for (const { take } of processes) while (take()) taken++;
    expect(taken).toBe(2 * PER_SECOND);

    isCut = false;
    await pass(2_000);
    for (const { limits } of processes) limits.of('acme');
    await pass(1_000);
    taken = 0;
    while (processes[0]?.take()) taken++;
    expect(taken).toBe(PER_SECOND);
  });

  it('keep to a part by the processes that the database knows of, where no message ever comes back', async () => {
    isDeaf = true;
    const { exchange, take } = makeProcess();
    take();
    await pass(4_000);
    expect(exchange.processes).toBe(4);
    let taken = 0;
    while (take()) taken++;
    expect(taken).toBe(PER_SECOND / 4);
  });

  it('say nothing of tenants that have used nothing, and nothing at all where nobody has a limit', async () => {
    const { take } = makeProcess();
    makeProcess();
    await pass(10_000);
    expect(sent).toEqual([]);
    take();
    await pass(4_000);
    expect(sent).toHaveLength(1);
    await pass(2_000);
    expect(JSON.parse(sent[1] ?? '')).toMatchObject({ used: [] });
  });

  it('gather nothing where nobody would be told', () => {
    const settings = loadSettings({ RATE_LIMIT_ORDERS_PER_SECOND: String(PER_SECOND) });
    const limits = new RateLimits(new TenantQuotas(settings));
    const alone = new UsageExchange(limits, undefined, clock);
    for (const tenant of ['acme', 'globex']) expect(limits.of(tenant)?.take('orders', 1)).toBe(true);
    expect([limits.collect(), alone.processes]).toEqual([new Map(), 1]);
  });

  it('are not misled by what nobody of them has sent', async () => {
    const { take } = makeProcess();
    take();
    await pass(TICK_MS);
    const from = '0198f000-0000-7000-8000-000000000000';
    for (const message of ['', '{}', JSON.stringify({ from, used: [['acme', -1_000, 0]] })])
      for (const listener of listeners) listener(message);
    expect(take()).toBe(true);
    // The most that a message can say is paid in less than half a minute.
    for (let n = 0; n < 100; n++)
      for (const listener of listeners) listener(JSON.stringify({ from, used: [['acme', 100_000_000, 0]] }));
    expect(take()).toBe(false);
    await pass(30_000);
    expect(take()).toBe(true);
  });
});
