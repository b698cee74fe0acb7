/** `npm run bench export`: how fast events become files, and rows of SQL, beside a reader that only decodes them. */
import { ORDER_AGGREGATE } from '#libs/orders';
import { preparePython } from '../../e2e/python.fixture.js';
import { type Place, Stage } from '../measuring/stage.js';
import { Worker } from '../measuring/worker.js';
import type { ConsumeJob } from '../project/consume.js';
import type { FillJob } from '../project/fill.js';
import type { Filled, Run } from '../project/runs.js';
import { beginReport, playRounds } from '../report/report.js';
import { whole } from '../report/table.js';
import type { ExportJob } from './export-topic.js';
import type { Options } from './options.js';
import { readInPython } from './python.js';
import { CONSUME, EXPORT, type ExportContestant, type ExportOutcome, LAYOUT, PYTHON, SQL } from './report.js';

const { topic } = ORDER_AGGREGATE;

export async function play(options: Options, place: Place): Promise<void> {
  const report = beginReport(options, LAYOUT);
  await Stage.prepare(place);
  const { addresses, directory } = place;
  const python = await place.step('installing Python’s client', () => preparePython('confluent-kafka[avro]'));
  const filling = new Worker<FillJob, Filled>(new URL('../project/fill.ts', import.meta.url), addresses);
  const { events } = await place.step(`appending ${whole(options.events)} order events`, () =>
    filling.measure({ orderEvents: options.events, stockEvents: 1 }),
  );
  filling.stop();
  const job = (what: ExportJob['what']) => () =>
    alone<ExportJob>('export-topic.ts', { what, topic, events, directory }, addresses);
  const consume = () => alone<ConsumeJob>('../project/consume.ts', { topic, events }, addresses);
  const contestants: ExportContestant[] = [
    { name: CONSUME, against: [], run: consume },
    { name: EXPORT, against: [CONSUME, PYTHON], run: job('export') },
    { name: SQL, against: [CONSUME, PYTHON], run: job('sql') },
    {
      name: PYTHON,
      against: [CONSUME],
      run: async () =>
        readInPython('executable' in python ? python.executable : '', addresses, topic, events),
    },
  ];
  const outcomes = contestants.map((contestant): ExportOutcome => {
    const absence =
      contestant.name === PYTHON && 'missing' in python ? `no confluent-kafka: ${python.missing}` : undefined;
    return { contestant, runs: [], absence };
  });
  await playRounds(outcomes, options.rounds, (contestant, round) =>
    place.step(round, () => contestant.run()),
  );
  report(outcomes);
}

async function alone<Job extends object>(
  module: string,
  job: Job,
  addresses: Place['addresses'],
): Promise<Run> {
  const worker = new Worker<Job, Run>(new URL(module, import.meta.url), addresses);
  try {
    return await worker.measure(job);
  } finally {
    worker.stop();
  }
}
