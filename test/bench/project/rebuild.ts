/** One rebuild as the command line does it, and how long its parts take. */
import { READ_MODELS, rebuildProjection } from '#libs/persistence';
import { testSettings } from '../../../libs/testing/servers/src/index.js';
import { serveJobs } from '../measuring/worker.js';
import { recorded } from '../profile/recording.js';
import { onServer } from './database.js';
import { openProductLog } from './open-log.js';
import { RebuildClock } from './rebuild-clock.js';
import { lostOf, rowsOf } from './rows.js';
import { type Filled, type Run, stopwatch } from './runs.js';

export interface RebuildJob {
  readonly projection: string;
  readonly events: number;
  readonly filled: Filled;
}

async function rebuild({ projection: name, events, filled }: RebuildJob): Promise<Run> {
  const projection = READ_MODELS.find((each) => each.name === name);
  if (!projection) throw new Error(`there is no projection ${name}`);
  const { database } = testSettings();
  const { log, close } = await openProductLog();
  // What those before have left to be written is not this one's.
  await onServer(database.url, (client) => client.query('checkpoint'));
  const clock = new RebuildClock();
  const elapsed = stopwatch();
  await recorded(process.env.BENCH_PROFILE, () =>
    rebuildProjection({
      database,
      projection,
      log: {
        fetch: (from, maxBytes) => {
          clock.loading(from);
          return log.fetch(from, maxBytes);
        },
        endOffsets: (topics) => log.endOffsets(topics),
        hasGaps: (at) => log.hasGaps(at),
      },
      changed: () => undefined,
      signal: new AbortController().signal,
    }),
  );
  const { micros } = elapsed();
  const { seconds, phases } = clock.result();
  await close();
  const rows = await onServer(database.url, (client) => rowsOf(client, projection.tables));
  const lost = await onServer(database.url, (client) => lostOf(client, name, filled));
  return { events, seconds, cpuMicros: micros / events, phases, rows, ...(lost && { lost }) };
}

serveJobs(rebuild);
