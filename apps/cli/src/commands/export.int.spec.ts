import fc from 'fast-check';
import { DuckDBInstance } from '@duckdb/node-api';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EVENT_CONTRACTS, TYPE_HEADER, SOURCE_HEADER } from '#libs/contracts';
import type { ExportManifest } from '#libs/export/core';
import { anyEvent, type SomeEvent } from '#libs/export/testing';
import { createTopics, withAdmin } from '#libs/kafka';
import { makeTestDirectory, openLog } from '#libs/testing';
import { exportCommand } from './export.js';
import { usePrinted } from './printed.fixture.js';
import { sqlCommand } from './sql.js';

const PARTITIONS = 3;
const { log, codec, topic, kafka, close } = await openLog(PARTITIONS);

/** Some events of every type, in all partitions. */
const EVENTS = fc
  .sample(
    fc.tuple(
      ...EVENT_CONTRACTS.map((contract) => fc.array(anyEvent(contract), { minLength: 3, maxLength: 3 })),
    ),
    { numRuns: 1, seed: 3 },
  )[0]!
  .flat();

async function append(events: readonly SomeEvent[]): Promise<void> {
  for (let partition = 0; partition < PARTITIONS; partition++) {
    const appender = log.appender(topic, partition);
    await appender.claim();
    const own = events.filter((_, index) => index % PARTITIONS === partition);
    await appender.append(own.map((event) => codec.encode(event)));
    await appender.close();
  }
}

async function rows(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowObjectsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

describe('orderstream export', () => {
  const printed = usePrinted({});
  let out: string;
  beforeAll(async () => {
    out = join(await makeTestDirectory('export'), 'lake');
    await append(EVENTS);
  });
  afterAll(close);

  const run = (...args: string[]) =>
    exportCommand().parseAsync(['--topics', topic, '--out', out, ...args], { from: 'user' });
  const manifest = async (of = out) =>
    JSON.parse(await readFile(join(of, 'manifest.json'), 'utf8')) as ExportManifest;
  const countIn = async (of: string) => {
    const [found] = await rows(
      `select count(*) as rows, count(distinct event_id || _partition || '@' || _offset) as events
      from read_parquet('${of}/*/*/*/*.parquet', union_by_name = true)`,
    );
    return found;
  };

  it('writes every type of event, each once', async () => {
    await run();
    expect(process.exitCode).toBeUndefined();
    expect(printed.out).toMatch(
      new RegExp(`offsets read, ${EVENTS.length} events added; it holds ${EVENTS.length} in `),
    );
    expect(await countIn(out)).toEqual({ rows: String(EVENTS.length), events: String(EVENTS.length) });
    const types = await rows(
      `select distinct event_type from read_parquet('${out}/*/*/*/*.parquet', union_by_name = true, hive_partitioning = true) order by 1`,
    );
    expect(types.map(({ event_type }) => event_type)).toEqual(
      EVENT_CONTRACTS.map(({ eventType }) => eventType).toSorted(),
    );
    const ends = await log.endOffsets([topic]);
    const { topics } = await manifest();
    for (const { partition, offset } of ends)
      expect(topics[topic]?.partitions[partition]).toMatchObject({
        from: 0,
        to: offset,
        ranges: [[0, offset]],
        rejected: 0,
        schemaVersions: { 'order.created': expect.arrayContaining([expect.any(Number)]) },
      });
  });

  it('adds what is new, and reads that only', async () => {
    await run();
    expect(printed.out).toContain(': 0 offsets read, 0 events added');
    const before = await manifest();
    await append(EVENTS.slice(0, 7));
    printed.out = '';
    await run();
    // Each claim of a partition leaves two control records.
    expect(printed.out).toMatch(/: (?:10|11|12|13) offsets read, 7 events added/);
    const after = await manifest();
    expect(after.files.slice(0, before.files.length)).toEqual(before.files);
    expect(await countIn(out)).toEqual({
      rows: String(EVENTS.length + 7),
      events: String(EVENTS.length + 7),
    });
  });

  it('names records that are no events, goes on behind them, and exits with 2', async () => {
    const end = (await log.endOffsets([topic])).find(({ partition }) => partition === 1)!.offset;
    const producer = kafka.producer();
    await producer.connect();
    const headers = { [TYPE_HEADER]: 'order.created', [SOURCE_HEADER]: `/orderstream/${topic}` };
    const good = codec.encode(EVENTS[0]!);
    await producer.send({
      topic,
      messages: [
        { partition: 1, key: 'x', value: 'not an event at all' },
        { partition: 1, key: 'x', value: good.value.subarray(0, -3), headers: good.headers },
        { partition: 1, key: 'x', value: Buffer.from([0, 0, 99, 99, 99, 1, 2]), headers },
        { partition: 1, key: good.key, value: good.value, headers: good.headers },
      ],
    });
    await producer.disconnect();
    await run();
    expect(process.exitCode).toBe(2);
    expect(printed.errors).toContain(`3 records cannot be read as events: ${out}/rejected.jsonl names them`);
    const lines = (await readFile(join(out, 'rejected.jsonl'), 'utf8')).trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual([
      {
        position: `${topic}/1@${end}`,
        topic,
        partition: 1,
        offset: end,
        reason: expect.stringContaining('lacks the headers'),
      },
      expect.objectContaining({ offset: end + 1, reason: expect.stringContaining('not a valid') }),
      expect.objectContaining({ offset: end + 2, reason: expect.stringContaining('is not known') }),
    ]);
    expect((await manifest()).topics[topic]?.partitions[1]).toMatchObject({ to: end + 4, rejected: 3 });
    process.exitCode = undefined;
    await run();
    expect(process.exitCode).toBeUndefined();
  });

  it('exports exactly the range that is asked for', async () => {
    const part = `${out}-part`;
    const bounds = ['--from', `${topic}/0@5,${topic}/1@9`, '--to', `${topic}/0@9,${topic}/1@9,${topic}/2@1`];
    await run('--out', part, ...bounds);
    const offsets = await rows(
      `select _partition, _offset::int as _offset from read_parquet('${part}/*/*/*/*.parquet', union_by_name = true) order by all`,
    );
    expect(offsets).toEqual([5, 6, 7, 8].map((_offset) => ({ _partition: 0, _offset })));
    printed.out = '';
    await run('--out', part, ...bounds);
    expect(printed.out).toContain(': 0 offsets read');
    await run('--out', part);
    expect(await countIn(part)).toEqual(await countIn(out));
    expect((await manifest(part)).topics[topic]?.partitions[0]).toMatchObject({ from: 0 });
  });

  it('selects by the time when events were appended', async () => {
    const none = `${out}-none`;
    await run('--out', none, '--from', '2999-01-01');
    expect(printed.out).toContain(': 0 offsets read');
    await run('--out', none, '--to', '2020-01-01');
    expect((await manifest(none)).files).toEqual([]);
  });

  it.each(['jsonl', 'csv'])('writes %s', async (format) => {
    const texts = `${out}-${format}`;
    await run('--out', texts, '--format', format);
    const { files } = await manifest(texts);
    const { path } = files.find(({ eventType }) => eventType === 'order.created')!;
    const reader = format === 'csv' ? 'read_csv' : 'read_json';
    const [first] = await rows(`select * from ${reader}('${texts}/${path}') order by _partition, _offset`);
    expect(first).toMatchObject({ _topic: topic, _time: expect.anything(), items: expect.anything() });
    await expect(run('--out', texts, '--format', 'parquet')).rejects.toThrow(`go on with --format ${format}`);
  });

  it.each(['parquet', 'jsonl', 'csv'])('is asked by SQL, as %s, and as the log itself', async (format) => {
    const view = topic.replaceAll('-', '_');
    const sql = `select event_type, count(*) as events, count(distinct event_id) as ids, sum(length(data::varchar)) > 0 as data
      from ${view} group by all order by all`;
    const created = 'select * from order_created order by _partition, _offset';
    const answer = async (question: string, ...args: string[]): Promise<unknown> => {
      printed.out = '';
      await sqlCommand().parseAsync([question, '--format', 'json', ...args], { from: 'user' });
      return JSON.parse(printed.out);
    };
    const dir = format === 'parquet' ? out : `${out}-${format}`;
    const inExport = await answer(sql, '--dir', dir);
    expect(inExport).toHaveLength(EVENT_CONTRACTS.length);
    expect(await answer(sql, '--topics', topic)).toEqual(inExport);
    expect(printed.errors).toMatch(
      new RegExp(`events before ${topic}/0@\\d+,${topic}/1@\\d+,${topic}/2@\\d+\\n`),
    );
    expect(printed.errors).toMatch(/3 records cannot be read as events:\n {2}test-\S+: .*lacks the headers/);
    expect(await answer(created, '--topics', topic)).toEqual(await answer(created, '--dir', dir));
  });

  it('refuses a folder of something else, and one that another run writes to', async () => {
    const directory = await makeTestDirectory('export-other');
    await expect(run('--out', join(directory, '..'))).rejects.toThrow('holds something else');
  });

  it('refuses to go on with a topic that was made anew', async () => {
    await withAdmin(kafka.admin(), (admin) => admin.deleteTopics({ topics: [topic] }));
    await createTopics(kafka, [{ topic, partitions: PARTITIONS, replication: 1 }]);
    await expect(run()).rejects.toThrow(/was made anew; export it to another folder/);
  });
});
