import type { Measurement } from '../measuring/measurement.js';
import type { Layout } from '../report/report.js';
import { whole } from '../report/table.js';
import { type IngestOutcome, SECTIONS, throughput, voidIn } from './contestants.js';
import { verdicts } from './goals.js';
import type { Options } from './options.js';

export const layoutOf = ({ rounds, seconds }: Options): Layout<Measurement, IngestOutcome> => ({
  bench: 'ingest',
  medians: `${rounds} rounds of ${seconds} s`,
  sharedBy: 'servers, contestant and load generator',
  legend: [
    'p50 and p99 are of requests. CPU µs is what the process under test takes for one event, its servers apart.',
  ],
  label: { title: 'in flight', of: ({ contestant }) => whole(contestant.concurrency) },
  throughput: { title: 'events/s', figure: throughput },
  columns: [
    { title: 'p50 ms', figure: ({ p50 }) => p50 },
    { title: 'p99 ms', figure: ({ p99 }) => p99 },
    { title: 'CPU µs', figure: ({ cpuMicros }) => cpuMicros },
  ],
  heading: ({ contestant: { section, concurrency } }, before) => {
    if (before?.contestant.section !== section) return ['', SECTIONS[section]];
    return before.contestant.concurrency === concurrency ? [] : [''];
  },
  voidIn,
  isRival: ({ contestant: one }, { contestant: other }) =>
    one.section === other.section && one.concurrency === other.concurrency,
  verdicts,
  listed: ({ contestant, runs: rounds, absence }) => {
    const { section, name, concurrency, eventsEach } = contestant;
    return { section, name, concurrency, eventsEach, absence, rounds };
  },
});
