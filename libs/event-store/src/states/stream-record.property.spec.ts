import fc from 'fast-check';
import { type Added, type CounterState, counterDecider } from '../counter.fixture.js';
import { offsetOf, recordOf, type Step } from './stream-record.fixture.js';
import { findCommand, REMEMBERED, type StreamRecord } from './stream-record.js';

const added = (key?: string): Step<Added> => ({
  event: { type: 'counter.added', data: { amount: 1 } },
  key,
});

/** Long ones, since a thousand must be exceeded: runs of commands with a key or without. */
const longHistory = fc
  .array(fc.record({ keyed: fc.boolean(), length: fc.integer({ min: 1, max: 900 }) }), {
    minLength: 1,
    maxLength: 5,
  })
  .map((runs) => {
    const keyed = runs.flatMap(({ keyed, length }) => Array.from({ length }, () => keyed));
    return keyed.map((isKeyed, index) => added(isKeyed ? `key-${index + 1}` : undefined));
  });

/** Versions of the commands that had a key. */
const keyedVersions = (steps: readonly Step<Added>[]) =>
  steps.flatMap(({ key }, index) => (key === undefined ? [] : [index + 1]));

const answerOf = (record: StreamRecord<CounterState>, version: number) => {
  const found = findCommand(record, `key-${version}`);
  return found && { version: found.stream.version, total: found.stream.state.total, offset: found.offset };
};

describe('what a stream remembers of its commands', () => {
  it('is the last thousand that had a key, each as it left the stream', () => {
    fc.assert(
      fc.property(longHistory, (steps) => {
        const record = recordOf(counterDecider, steps);
        for (const version of keyedVersions(steps).slice(-REMEMBERED)) {
          expect(answerOf(record, version)).toEqual({ version, total: version, offset: offsetOf(version) });
        }
      }),
      { numRuns: 15 },
    );
  });

  it('is the one that made it, for ever', () => {
    fc.assert(
      fc.property(longHistory, (steps) => {
        const record = recordOf(counterDecider, [added('key-1'), ...steps.slice(1)]);
        expect(answerOf(record, 1)).toEqual({ version: 1, total: 1, offset: offsetOf(1) });
      }),
      { numRuns: 15 },
    );
  });

  it('is bounded, and none but commands that had a key', () => {
    fc.assert(
      fc.property(longHistory, (steps) => {
        const { commands, stream, lastOffset } = recordOf(counterDecider, steps);
        expect(commands.length).toBeLessThanOrEqual(REMEMBERED + 1);
        const keyed = new Set(keyedVersions(steps).map((version) => `key-${version}`));
        for (const { commandId } of commands) expect(keyed).toContain(commandId);
        expect([stream.version, lastOffset]).toEqual([steps.length, offsetOf(steps.length)]);
      }),
      { numRuns: 15 },
    );
  });

  it('forgets the oldest first, but for the one that made the stream', () => {
    const steps = Array.from({ length: REMEMBERED + 3 }, (_, index) => added(`key-${index + 1}`));
    const record = recordOf(counterDecider, steps);
    expect([1, 2, 3, 4].map((version) => answerOf(record, version)?.version)).toEqual([
      1,
      undefined,
      undefined,
      4,
    ]);
  });
});
