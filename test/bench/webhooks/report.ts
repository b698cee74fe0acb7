import type { Layout } from '../report/report.js';
import { whole } from '../report/table.js';
import { verdicts } from './goals.js';
import { type Options, SECTIONS } from './options.js';
import { type Run, voidIn, type WebhookOutcome } from './outcome.js';

export const layoutOf = (options: Options): Layout<Run, WebhookOutcome> => ({
  bench: 'webhooks',
  medians: `${options.rounds} ${options.rounds === 1 ? 'round' : 'rounds'} of ${options.seconds} s`,
  sharedBy: 'servers, product, producers and endpoints',
  legend: [
    `${options.separate ? 'Each app is a process of its own' : 'The product is one process; for sections many and backlog, one for each app'}.`,
    'p50 and p99 go from the order sent to the webhook received, “order” to its acknowledgement (p50). CPU µs is what the',
    'process that delivers takes for one delivery, MiB its peak, “endpoints” what all of them take of one core.',
  ],
  throughput: { title: 'deliveries/s', figure: ({ perSecond }) => perSecond },
  columns: [
    { title: 'p50 ms', figure: ({ p50 }) => p50 },
    { title: 'p99 ms', figure: ({ p99 }) => p99 },
    { title: 'order ms', figure: ({ orderP50 }) => orderP50 },
    { title: 'CPU µs', figure: ({ cpuMicros }) => cpuMicros },
    { title: 'MiB', figure: ({ peakMib }) => peakMib, text: whole },
    {
      title: 'endpoints',
      figure: ({ receiverShare }) => receiverShare && receiverShare * 100,
      text: (percent) => `${whole(percent)} %`,
    },
  ],
  heading: ({ contestant: { section } }, before) =>
    before?.contestant.section === section ? [] : ['', SECTIONS[section]],
  voidIn,
  isRival: ({ contestant: one }, { contestant: other }) => one.section === other.section,
  notes: ({ runs }) => {
    const { note, ledger } = runs.at(-1) ?? {};
    return [note, ledger].flatMap((line) => line ?? []);
  },
  verdicts: (outcomes) => verdicts(outcomes, options),
  listed: ({ contestant: { section, name }, runs, absence }) => ({ section, name, absence, runs }),
});
