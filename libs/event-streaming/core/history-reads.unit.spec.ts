import type { EventBatch, Position, SizedEvent } from '#libs/kernel';
import { HistoryReads } from './history-reads.js';

const at = (offset: number): Position => ({ topic: 'orders', partition: 0, offset });
const happened = () => new Promise((resolve) => setImmediate(resolve));

describe('reads of history', () => {
  let begun: number[];
  let ending: (() => void)[];
  let history: HistoryReads;

  beforeEach(() => {
    [begun, ending] = [[], []];
    const fetch = (from: Position): Promise<EventBatch<SizedEvent>> => {
      const { offset: first, ...partition } = from;
      begun.push(first);
      const batch = { ...partition, first, next: first + 1, events: [] };
      return new Promise((resolve) => ending.push(() => resolve(batch)));
    };
    history = new HistoryReads({ fetch }, 4);
  });

  async function endOne(): Promise<void> {
    ending.shift()?.();
    await happened();
  }

  it('of one tenant are half of all at most, however many it wants', async () => {
    for (let n = 0; n < 200; n++) void history.read('greedy', at(n));
    await happened();
    expect(begun).toEqual([0, 1]);
    await endOne();
    expect(begun).toEqual([0, 1, 2]);
  });

  it('of another tenant begin at once, and go on in turn', async () => {
    for (let n = 0; n < 200; n++) void history.read('greedy', at(n));
    for (const offset of [1_000, 1_001, 1_002]) void history.read('acme', at(offset));
    await happened();
    expect(begun).toEqual([0, 1, 1_000]);
    for (let n = 0; n < 4; n++) await endOne();
    expect(begun).toContain(1_002);
  });

  it('of one place are one for all of a tenant, and for all who have their turn', async () => {
    const reads = Array.from({ length: 200 }, () => history.read('greedy', at(0)));
    reads.push(history.read('acme', at(0)));
    await happened();
    expect(begun).toEqual([0]);
    await endOne();
    for (const piece of await Promise.all(reads)) expect(piece.next).toBe(1);
  });

  it('come free when they fail', async () => {
    const failing = new HistoryReads({ fetch: () => Promise.reject(new Error('away')) }, 1);
    for (let n = 0; n < 3; n++) await expect(failing.read('acme', at(n))).rejects.toThrow('away');
  });
});
