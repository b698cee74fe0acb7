import { jest } from '@jest/globals';
import { readFile, readdir, truncate, writeFile, mkdir } from 'node:fs/promises';
import fc from 'fast-check';
import { join } from 'node:path';
import { contractOfEvent, EVENT_CONTRACTS } from '#libs/contracts';
import { anyEvent, LogOfEvents, type SomeEvent } from '#libs/export/testing';
import { LogUnavailableError, SeededRandom, systemClock } from '#libs/kernel';
import { makeTestDirectory } from '#libs/testing';
import { literal } from '../core/column-type.js';
import { openDatabase } from './database.js';
import { runExport } from './export-run.js';

const [TOPIC, DAY] = ['orders', 86_400_000];

const BASES = ['order.created', 'order.confirmed', 'order.cancelled'].map(
  (type) => fc.sample(anyEvent(contractOfEvent(type)!), { numRuns: 1, seed: 5 })[0] as SomeEvent,
);

/** Events of three types over four days. */
const events = (count: number, first = 0): SomeEvent[] =>
  Array.from({ length: count }, (_, index) => {
    const base = BASES[index % BASES.length] as SomeEvent;
    const occurredAt = new Date(
      Date.parse('2026-01-28T12:00:00.000Z') + Math.floor(((first + index) / 40) * DAY),
    ).toISOString();
    return { ...base, metadata: { ...base.metadata, version: first + index + 1, occurredAt } };
  });

describe('a run of an export', () => {
  let folder: string;
  beforeEach(async () => {
    folder = join(await makeTestDirectory('export-run'), 'out');
  });

  const run = (log: LogOfEvents, more: { readonly signal?: AbortSignal } = {}, segmentBytes = 2_000) =>
    runExport(
      { topics: [TOPIC], format: 'parquet', folder, segmentBytes },
      {
        log,
        contracts: EVENT_CONTRACTS,
        schemaVersion: async () => 1,
        clock: { ...systemClock, sleep: async () => undefined },
        random: new SeededRandom(1).next.bind(new SeededRandom(1)),
        signal: new AbortController().signal,
        progress: () => undefined,
        ...more,
      },
    );

  async function rows(): Promise<{ rows: number; positions: number }> {
    const database = await openDatabase({ spillDirectory: join(folder, '.test') });
    const glob = literal(`${folder}/*/*/*/*.parquet`);
    const read = await database.connection.runAndReadAll(
      `select count(*)::int as rows, count(distinct _partition || '@' || _offset)::int as positions
      from read_parquet(${glob}, union_by_name = true)`,
    );
    const [found] = read.getRowObjectsJson();
    database.close();
    return found as { rows: number; positions: number };
  }

  it('cuts files by type, by day and by size', async () => {
    const log = new LogOfEvents();
    log.append(events(160));
    const { manifest } = await run(log);
    expect(await rows()).toEqual({ rows: 160, positions: 160 });
    expect(new Set(manifest.files.map(({ day }) => day)).size).toBe(5);
    expect(new Set(manifest.files.map(({ eventType }) => eventType)).size).toBe(3);
    expect(manifest.commits).toBeGreaterThan(2);
    expect(manifest.files[0]).toMatchObject({
      path: expect.stringMatching(/^orders\/event_type=order\.\w+\/day=2026-01-28\/part-000001\.parquet$/),
      partitions: expect.any(Object),
    });
    expect(manifest.topics[TOPIC]?.partitions[0]).toMatchObject({
      from: 0,
      to: 80,
      rows: 80,
      ranges: [[0, 80]],
    });
    const listed = Object.values(manifest.topics[TOPIC]?.partitions ?? {}).flatMap(({ files }) => files);
    expect(new Set(listed)).toEqual(new Set(manifest.files.map(({ path }) => path)));
  });

  it('leaves every row once, wherever runs before it ended', async () => {
    const log = new LogOfEvents();
    log.append(events(160));
    log.appendOther(TOPIC, 1, 'unreadable');
    for (const scans of [1, 6, 12, 16]) {
      let left = scans;
      log.beforeScan = () => {
        if (left-- <= 0) throw new Error('the process ends here');
      };
      await expect(run(log)).rejects.toThrow('ends here');
    }
    log.beforeScan = () => undefined;
    const { manifest, read } = await run(log);
    expect(await rows()).toEqual({ rows: 160, positions: 160 });
    expect(read).toBeLessThan(161);
    expect(manifest.run).toEqual({ isFinished: true, rows: 160, rejected: 1 });
    expect((await readFile(join(folder, 'rejected.jsonl'), 'utf8')).trimEnd().split('\n')).toHaveLength(1);
  });

  it('removes what a killed run has left, and nothing else', async () => {
    const log = new LogOfEvents();
    log.append(events(10));
    const { manifest } = await run(log, {}, 1e9);
    const [{ path } = { path: '' }] = manifest.files;
    const day = join(folder, path, '..');
    await writeFile(join(day, 'part-000002.parquet'), 'half of a file');
    await writeFile(join(day, 'part-000003.parquet.tmp'), 'half of a file');
    await writeFile(join(day, 'notes.txt'), 'mine');
    await mkdir(join(folder, '.spill'));
    await writeFile(join(folder, 'rejected.jsonl'), 'half of a line');
    await run(log);
    expect((await readdir(day)).toSorted()).toEqual(['notes.txt', 'part-000001.parquet']);
    expect(await readFile(join(folder, 'rejected.jsonl'), 'utf8')).toBe('');
    expect(await readdir(folder)).not.toContain('.spill');
  });

  it('reads only what is new', async () => {
    const log = new LogOfEvents();
    log.append(events(20));
    await run(log);
    log.scans.length = 0;
    log.append(events(4, 20));
    const { read, manifest } = await run(log);
    expect(read).toBe(4);
    expect(log.scans).toEqual([0, 1].map((partition) => ({ topic: TOPIC, partition, offset: 10 })));
    expect(manifest.run.rows).toBe(4);
    expect(await rows()).toEqual({ rows: 24, positions: 24 });
  });

  it.each(['topicId', 'startOffsets', 'endOffsets'] as const)(
    'waits for a log that does not answer %s at first',
    async (question) => {
      const log = new LogOfEvents();
      log.append(events(20));
      jest.spyOn(log, question).mockRejectedValueOnce(new LogUnavailableError('too slow'));
      await run(log);
      expect(await rows()).toEqual({ rows: 20, positions: 20 });
    },
  );

  it.each([0, 1, 5_000])('begins where a run was killed after %d bytes of its lock', async (bytes) => {
    const log = new LogOfEvents();
    log.append(events(20));
    await run(log);
    const lock = join(folder, '.export-lock');
    await truncate(lock, bytes);
    await expect(run(log)).resolves.toMatchObject({ read: 0 });
  });

  it('goes on after an outage', async () => {
    const log = new LogOfEvents();
    log.append(events(20));
    let outages = 5;
    log.beforeScan = () => {
      if (outages-- > 0) throw new LogUnavailableError('away');
    };
    await run(log);
    expect(await rows()).toEqual({ rows: 20, positions: 20 });
  });

  it('keeps what it has read when it is stopped', async () => {
    const log = new LogOfEvents();
    log.append(events(100));
    const stop = new AbortController();
    let scans = 0;
    log.beforeScan = () => {
      if (++scans === 12) stop.abort();
    };
    const { isStopped, read } = await run(log, { signal: stop.signal });
    expect(isStopped).toBe(true);
    expect((await rows()).rows).toBe(read);
    await run(log);
    expect(await rows()).toEqual({ rows: 100, positions: 100 });
  });

  it.each([
    ['was made anew', (log: LogOfEvents) => (log.topicIds = 'second')],
    ['before what was exported', () => undefined],
  ])('refuses a topic that %s', async (reason, change) => {
    const log = new LogOfEvents();
    log.append(events(20));
    await run(log);
    const other = new LogOfEvents();
    change(other);
    await expect(run(other)).rejects.toThrow(reason);
  });
});
