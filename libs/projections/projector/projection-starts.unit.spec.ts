import { Logger } from '@nestjs/common';
import type { PostgresProjectionBuilds } from '../postgres/projection-builds.js';
import { SettingsError } from '#libs/platform';
import type { KafkaEventLog } from '#libs/kafka';
import { ProjectionStarts } from './projection-starts.js';

const projection = { name: 'test', version: 1, topics: ['orders'], tables: [], write: async () => undefined };

/** A log of one partition that grows, and a database without any projection. */
function setUp(startAt?: string, isBegun = false) {
  const log = { end: 3, endOffsets: async () => [{ topic: 'orders', partition: 0, offset: log.end }] };
  const begun: unknown[] = [];
  const builds: Pick<PostgresProjectionBuilds, 'live'> = {
    live: async ({ version }, start) => {
      if (!isBegun) begun.push(await start?.());
      return { build: 1, version };
    },
  };
  const options = { group: 'test', projections: [projection], startAt };
  const starts = new ProjectionStarts(
    options,
    builds as PostgresProjectionBuilds,
    log as unknown as KafkaEventLog,
    { pool: {} as never },
  );
  return { starts, begun, log };
}

describe('a start', () => {
  it.each([undefined, '', 'beginning'])('is the beginning when it is %p', async (startAt) => {
    const { starts, begun } = setUp(startAt);
    await starts.live(projection);
    expect(begun).toEqual([[]]);
  });

  it('that is none is a wrong setting', () => {
    expect(() => setUp('yesterday')).toThrow(SettingsError);
    expect(() => setUp('yesterday')).toThrow('where test begins: a start must be beginning');
    expect(() => setUp('inventory/0@1')).toThrow('the topics to read are orders');
  });

  it('that is not in the log is said until it is', async () => {
    const { starts, begun, log } = setUp('orders/0@5');
    await expect(starts.live(projection)).rejects.toThrow('orders/0@5 is not in the log');
    expect(starts.fault).toBe('test cannot begin: orders/0@5 is not in the log: orders/0 ends at 3');
    log.end = 5;
    await starts.live(projection);
    expect(starts.fault).toBeUndefined();
    expect(begun).toEqual([[{ topic: 'orders', partition: 0, offset: 5 }]]);
  });

  it('is said to be ignored, once, when the projection has begun before', async () => {
    const lines: string[] = [];
    Logger.overrideLogger({ log: (line: string) => lines.push(line), warn: () => 0, error: () => 0 });
    const { starts } = setUp('orders/0@2', true);
    await starts.live(projection);
    await starts.live(projection);
    await setUp(undefined, true).starts.live(projection);
    await setUp('orders/0@2').starts.live(projection);
    Logger.overrideLogger(new Logger());
    expect(lines).toEqual([
      expect.stringMatching(/^test continues .* start "orders\/0@2" only counts the first time/),
    ]);
  });
});
