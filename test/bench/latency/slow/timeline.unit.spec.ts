import { overlap, type TimedProfile, Timeline } from './timeline.js';

const frame = (functionName: string, url = '') => ({ functionName, url, lineNumber: 9 });
const code = (path: string) => `file://${process.cwd()}/${path}`;
const NODES = [
  { id: 1, callFrame: frame('(root)'), children: [2, 3, 4, 7] },
  { id: 2, callFrame: frame('(idle)') },
  { id: 3, callFrame: frame('(garbage collector)') },
  { id: 4, callFrame: frame('processTimers', 'node:internal/timers'), children: [5] },
  { id: 5, callFrame: frame('flush', code('libs/kafka/queue.js')), children: [6] },
  { id: 6, callFrame: frame('send', code('node_modules/kafkajs/src/x.js')) },
  { id: 7, callFrame: frame('decide', code('dist/libs/orders/decide.js')) },
];
const [IDLE, COLLECTOR, TIMERS, SEND, DECIDE] = [2, 3, 4, 6, 7];

/** Begins at 1 ms. Each sample takes the milliseconds given. */
function timelineOf(...samples: readonly (readonly [id: number, ms: number])[]): Timeline {
  const ends = [...samples, [IDLE, 0] as const];
  const profile: TimedProfile = {
    nodes: NODES,
    startTime: 1_000,
    samples: ends.map(([id]) => id),
    timeDeltas: ends.map((_, index) => (samples[index - 1]?.[1] ?? 0) * 1_000),
  };
  return new Timeline(profile);
}

test('spans overlap, touch, or do neither', () => {
  expect(overlap({ from: 1, until: 4 }, { from: 3, until: 9 })).toBe(1);
  expect(overlap({ from: 1, until: 4 }, { from: 2, until: 3 })).toBe(1);
  expect(overlap({ from: 1, until: 4 }, { from: 4, until: 9 })).toBe(0);
  expect(overlap({ from: 1, until: 4 }, { from: 6, until: 9 })).toBe(0);
});

describe('a profile by time', () => {
  const timeline = timelineOf([IDLE, 4], [DECIDE, 2], [COLLECTOR, 1], [IDLE, 3], [SEND, 1], [DECIDE, 1]);

  it('summarizes a span, and cuts samples at its ends', () => {
    const { total, busy, packages } = timeline.summary({ from: 4, until: 7.5 });
    expect(total).toBeCloseTo(3.5);
    expect(busy).toBeCloseTo(2.5);
    expect(packages).toEqual([
      { name: 'libs/orders', self: 2, withEngine: 2 },
      { name: '(garbage collector)', self: 0.5, withEngine: 0.5 },
    ]);
  });

  it('has an empty summary outside its time', () => {
    expect(timeline.summary({ from: 100, until: 200 })).toEqual({
      total: 0,
      busy: 0,
      packages: [],
      functions: [],
    });
  });

  it('finds the stretches without an idle sample', () => {
    expect(timeline.busyStretches(0)).toEqual([
      { from: 5, until: 8 },
      { from: 11, until: 13 },
    ]);
    expect(timeline.busyStretches(2.5)).toEqual([{ from: 5, until: 8 }]);
  });

  it('sorts samples by time', () => {
    const profile = {
      nodes: NODES,
      startTime: 0,
      samples: [DECIDE, IDLE, DECIDE],
      timeDeltas: [5_000, -1_000, 3_000],
    };
    expect(new Timeline(profile).busyStretches(0)).toEqual([{ from: 5, until: 7 }]);
  });
});

describe('timers', () => {
  const timeline = timelineOf([SEND, 2], [IDLE, 1], [SEND, 1], [TIMERS, 1], [DECIDE, 5]);

  it('are named after the callback that Node called', () => {
    expect(timeline.timersWithin({ from: 0, until: 100 })).toEqual([
      { name: 'flush libs/kafka/queue.js:10', ms: 3 },
      { name: 'timers of Node itself', ms: 1 },
    ]);
  });

  it('count only within the span', () => {
    expect(timeline.timersWithin({ from: 2, until: 3.5 })).toEqual([
      { name: 'flush libs/kafka/queue.js:10', ms: 1 },
    ]);
  });
});
