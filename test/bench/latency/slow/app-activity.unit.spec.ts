import type { AppTrace } from './app-trace.js';
import { AppActivity } from './app-activity.js';
import { Timeline } from './timeline.js';

const frame = (functionName: string, path: string) => ({
  functionName,
  url: path && `file://${process.cwd()}/${path}`,
  lineNumber: 0,
});
/** Idle until 10 ms, then `decide` until 13 ms, then idle. */
const TIMELINE = new Timeline({
  nodes: [
    { id: 1, callFrame: frame('(root)', ''), children: [2, 3] },
    { id: 2, callFrame: frame('(idle)', '') },
    { id: 3, callFrame: frame('decide', 'libs/orders/decide.js') },
  ],
  startTime: 0,
  samples: [2, 3, 2, 2],
  timeDeltas: [0, 10_000, 3_000, 87_000],
});
const NOTHING: AppTrace = { requests: [], webhooks: [], kafka: [], postgres: [], collections: [] };
const WINDOW = { from: 9, until: 30 };
const titles = (trace: Partial<AppTrace>, span = WINDOW) =>
  new AppActivity({ ...NOTHING, ...trace }, TIMELINE).within(span).map(({ title }) => title);

const BUSY = 'busy: decide libs/orders/decide.js:1 3.00';

describe('the activity of the app in a span', () => {
  it('lists the longest first, in full length', () => {
    const trace = {
      collections: [{ name: 'minor', from: 10, until: 11 }],
      kafka: [{ name: 'Produce', from: 1, until: 12 }],
      postgres: [{ name: 'SELECT 1', from: 25, until: 31 }],
    };
    expect(new AppActivity({ ...NOTHING, ...trace }, TIMELINE).within(WINDOW)).toEqual([
      { title: 'Kafka: Produce', from: 1, until: 12, count: 1 },
      { title: 'Postgres: SELECT 1', from: 25, until: 31, count: 1 },
      { title: BUSY, from: 10, until: 13, count: 1 },
      { title: 'collection: minor', from: 10, until: 11, count: 1 },
    ]);
  });

  it('counts activities of the same title, and shows the longest', () => {
    const kafka = [
      { name: 'Heartbeat', from: 14, until: 18 },
      { name: 'Heartbeat', from: 14, until: 20 },
      { name: 'Heartbeat', from: 14, until: 19 },
    ];
    expect(new AppActivity({ ...NOTHING, kafka }, TIMELINE).within({ from: 14, until: 30 })).toEqual([
      { title: 'Kafka: Heartbeat', from: 14, until: 20, count: 3 },
    ]);
  });

  it('leaves out what only touches the span', () => {
    const kafka = [
      { name: 'Produce', from: 0, until: 9 },
      { name: 'Heartbeat', from: 30, until: 40 },
      { name: 'Metadata', from: 29, until: 40 },
    ];
    expect(titles({ kafka }, { from: 20, until: 30 })).toEqual(['Kafka: Metadata']);
  });

  it('leaves out short calls and all fetches', () => {
    const kafka = [
      { name: 'Produce', from: 20, until: 23 },
      { name: 'Fetch', from: 0, until: 100 },
    ];
    expect(titles({ kafka, postgres: [{ name: 'COMMIT', from: 20, until: 25 }] })).toEqual([BUSY]);
  });

  it('leaves out what had not ended with the trace', () => {
    expect(titles({ postgres: [{ name: 'COMMIT', from: 20 }] })).toEqual([BUSY]);
  });
});

test('busy time is split by package', () => {
  expect(new AppActivity(NOTHING, TIMELINE).busyTime(WINDOW)).toBe('busy 3.00 of 21.0 ms: libs/orders 3.00');
});
