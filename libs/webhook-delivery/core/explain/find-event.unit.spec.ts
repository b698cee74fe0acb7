import { v7 } from 'uuid';
import { LogUnavailableError, newId, type Position, type RecordedEvent } from '#libs/kernel';
import { InMemoryPartition } from '#libs/testing';
import { someMetadata } from '#libs/orders/testing';
import { DEFAULT_SEARCH_BOUNDS, findEvent, timeOfId } from './find-event.js';

const NOW = Date.parse('2026-01-01T00:00:00.000Z');
const idAt = (ms: number): string => v7({ msecs: NOW + ms });

/** Partitions whose events were appended when they were made, or later. */
class TimedLog {
  readonly partitions = [0, 1, 2].map((partition) => new InMemoryPartition('orders', partition, 4));
  readonly #times = new Map<RecordedEvent, number>();

  put(partition: number, ms: number, id = idAt(ms), appendedMs = ms): string {
    const metadata = someMetadata({ eventId: id });
    const event = this.partitions[partition]!.put({ type: 'order.created', data: {}, metadata });
    this.#times.set(event, NOW + appendedMs);
    return id;
  }

  fetch = ({ partition, offset }: Position) => this.partitions[partition]!.fetch({ offset });

  endOffsets = async () =>
    this.partitions.map(({ partition, end }) => ({ topic: 'orders', partition, offset: end }));

  offsetsForTime = async (_: readonly string[], time: number) =>
    this.partitions.map(({ partition, events, end }) => {
      const first = events.find((event) => (this.#times.get(event) ?? 0) >= time);
      return { topic: 'orders', partition, offset: first?.position.offset ?? end };
    });

  get reads(): number {
    return this.partitions.reduce((sum, { reads }) => sum + reads.length, 0);
  }
}

describe('an event is found by its id', () => {
  let log: TimedLog;
  beforeEach(() => {
    log = new TimedLog();
    for (let ms = -600_000; ms < 600_000; ms += 5_000) for (const partition of [0, 1]) log.put(partition, ms);
  });

  const find = (id: string, bounds = {}) =>
    findEvent(log, ['orders'], id, { ...DEFAULT_SEARCH_BOUNDS, ...bounds });

  it('in any partition, without reading what lies long before or after', async () => {
    const ids = [0, 1, 2].map((partition) => log.put(partition, 600_000 + partition));
    for (const [partition, id] of ids.entries())
      expect(await find(id)).toMatchObject({ metadata: { eventId: id }, position: { partition } });
    const { reads } = log;
    expect(await find(idAt(0))).toBe('absent');
    expect(log.reads - reads).toBeLessThan(10);
  });

  it('though the clock of its writer was ahead, or it was appended late', async () => {
    const ahead = log.put(2, 1_500, idAt(1_500), 0);
    const late = log.put(2, 2_000, idAt(2_000), 20_000);
    for (const id of [ahead, late]) expect(await find(id)).toMatchObject({ metadata: { eventId: id } });
  });

  it('unless that takes too many reads, or a record cannot be read: then it is not known', async () => {
    expect(await find(idAt(0), { reads: 3 })).toBe('incomplete');
    log.partitions[0]!.unreadable.set(120, 'it is broken');
    expect(await find(idAt(0))).toBe('incomplete');
  });

  it('only if the id has a time', async () => {
    expect(await find('0d6f0ad1-6a2f-5d3b-8f4e-1c2d3e4f5a6b')).toBe('absent');
    expect(log.reads).toBe(0);
    const before = Date.now();
    expect(timeOfId(newId())).toBeGreaterThanOrEqual(before);
  });

  it('unless the log is away', async () => {
    log.partitions[1]!.outage = new LogUnavailableError('away');
    await expect(find(idAt(0))).rejects.toThrow('away');
  });
});
