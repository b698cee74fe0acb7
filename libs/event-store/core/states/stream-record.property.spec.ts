import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { type Added, type CounterState, counterDecider } from '../../testing/counter.fixture.js';
import { offsetOf, recordOf, type Step } from '../../testing/stream-record.fixture.js';
import { findCommand, REMEMBERED, type StreamRecord } from './stream-record.js';

const added = (key?: string, ofProcess = false): Step<Added> => ({
  event: { type: 'counter.added', data: { amount: 1 } },
  key,
  ofProcess,
});

const many = (count: number, from: number, ofProcess = false): Step<Added>[] =>
  Array.from({ length: count }, (_, index) => added(`key-${from + index}`, ofProcess));

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

describe('the commands that a stream remembers', () => {
  itForAll(
    "are the last thousand with a key, each with the stream's state after it",
    [longHistory],
    { numRuns: 15 },
    (steps) => {
      const record = recordOf(counterDecider, steps);
      for (const version of keyedVersions(steps).slice(-REMEMBERED)) {
        expect(answerOf(record, version)).toEqual({ version, total: version, offset: offsetOf(version) });
      }
    },
  );

  itForAll('always include the one that created it', [longHistory], { numRuns: 15 }, (steps) => {
    const record = recordOf(counterDecider, [added('key-1'), ...steps.slice(1)]);
    expect(answerOf(record, 1)).toEqual({ version: 1, total: 1, offset: offsetOf(1) });
  });

  itForAll('are bounded, and only commands with a key', [longHistory], { numRuns: 15 }, (steps) => {
    const { commands, stream, lastOffset } = recordOf(counterDecider, steps);
    expect(commands.length).toBeLessThanOrEqual(REMEMBERED + 1);
    const keyed = new Set(keyedVersions(steps).map((version) => `key-${version}`));
    for (const { commandId } of commands) expect(keyed).toContain(commandId);
    expect([stream.version, lastOffset]).toEqual([steps.length, offsetOf(steps.length)]);
  });

  it('drop the oldest first, except the one that created the stream', () => {
    const steps = Array.from({ length: REMEMBERED + 3 }, (_, index) => added(`key-${index + 1}`));
    const record = recordOf(counterDecider, steps);
    expect([1, 2, 3, 4].map((version) => answerOf(record, version)?.version)).toEqual([
      1,
      undefined,
      undefined,
      4,
    ]);
  });

  it('include commands of process managers, which have no hash', () => {
    const record = recordOf(counterDecider, [added('key-1', true), added(), added('key-3', true)]);
    expect([1, 2, 3].map((version) => answerOf(record, version)?.version)).toEqual([1, undefined, 3]);
  });

  it.each([true, false])(
    'has a share for clients and one for processes (many of processes: %s)',
    (ofProcess) => {
      const made = added('key-1', !ofProcess);
      const few = many(2, 2, !ofProcess);
      const record = recordOf(counterDecider, [made, ...few, ...many(REMEMBERED + 500, 4, ofProcess)]);
      expect([1, 2, 3, 503, 504].map((version) => answerOf(record, version)?.version)).toEqual([
        1,
        2,
        3,
        undefined,
        504,
      ]);
      expect(record.commands.length).toBe(REMEMBERED + 3);
    },
  );

  it('keep the one that created the stream even if it had several events', () => {
    const record = recordOf(counterDecider, [added('key-1'), added('key-1'), ...many(REMEMBERED + 1, 3)]);
    expect(findCommand(record, 'key-1')?.stream.version).toBe(2);
    expect(answerOf(record, 3)).toBeUndefined();
  });
});
