import type { Layout } from '../report/report.js';
import { spreadOf } from '../report/statistics.js';
import { whole } from '../report/table.js';
import { verdicts } from './goals.js';
import { figures, lostIn, type ProjectOutcome } from './contest.js';
import { perSecond, type Phases, type Run } from './runs.js';

const phase = (part: keyof Phases) => ({ title: part, figure: ({ phases }: Run) => phases?.[part] });

export const LAYOUT: Layout<Run, ProjectOutcome> = {
  bench: 'project',
  medians: 'rounds',
  sharedBy: 'servers and contestant',
  legend: [
    'Each run is a process of its own that begins cold. A rebuild counts from its start to the switch, consuming from its',
    'first fetch. CPU µs is what that process takes for one event, the servers apart. rows/s are rows of Postgres for each',
    'second of the load; load, check, index and switch are seconds.',
  ],
  throughput: { title: 'events/s', figure: perSecond },
  columns: [
    { title: 'CPU µs', figure: ({ cpuMicros }) => cpuMicros },
    {
      title: 'rows/s',
      figure: ({ rows, phases }) => (rows !== undefined && phases ? rows / phases.load : undefined),
      text: whole,
    },
    phase('load'),
    phase('check'),
    phase('index'),
    phase('switch'),
  ],
  heading: ({ size, runs }, before) =>
    before?.size === size
      ? []
      : ['', `${whole(size)} order events, ${runs.length} ${runs.length === 1 ? 'round' : 'rounds'}`],
  voidIn: lostIn,
  isRival: (one, other) => one.size === other.size,
  remarks: (outcome) => {
    const joining = ({ events, secondsWithJoining: seconds }: Run) => seconds && events / seconds;
    const speed = spreadOf(figures(outcome, joining));
    return speed ? [`${whole(speed.median)}/s with joining its group`] : [];
  },
  verdicts,
  listed: ({ size, contestant: { name }, runs }) => ({ size, name, runs }),
};
