import { jest } from '@jest/globals';
import fc from 'fast-check';
import { itForAll, tagged } from '#libs/kernel/testing';
import { violations } from '../../testing/attempts.fixture.js';
import {
  ENGINES,
  PARTITION_COUNT,
  type SimulationSizes,
  STREAMS,
  EngineSimulation,
  type SimulationStep,
} from '../../testing/engine-simulation.fixture.js';

const engine = fc.nat(ENGINES - 1);
const stream = fc.nat(STREAMS.length - 1);
const rarely = (weight = 4): fc.Arbitrary<boolean> =>
  fc.oneof({ weight, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });

const command = fc.record({
  engine,
  stream,
  amount: fc.nat(20),
  key: fc.option(fc.nat(2), { nil: undefined, freq: 3 }),
  expected: fc.option(fc.integer({ min: -1, max: 1 }), { nil: undefined, freq: 3 }),
  ofProcess: fc.boolean(),
  otherRequest: rarely(),
  otherTenant: rarely(9),
});

const fault = fc.constantFrom('rejected', 'fenced', 'lost-answer', 'lost-request', 'late-request');

const step: fc.Arbitrary<SimulationStep> = tagged('kind', {
  send: [16, { commands: fc.array(command, { minLength: 1, maxLength: 6 }) }],
  wait: [10, { ms: fc.integer({ min: 1, max: 80 }) }],
  faults: [6, { faults: fc.array(fault, { minLength: 1, maxLength: 3 }) }],
  restart: [2, { engine }],
  move: [6, { partition: fc.nat(PARTITION_COUNT - 1), to: engine, asleep: fc.boolean() }],
  wake: [2, {}],
  'empty-store': [1, {}],
  'lose-answers-of-store': [1, {}],
  'store-away': [1, { away: fc.boolean() }],
  'log-away': [1, { away: fc.boolean() }],
});

const sizes: fc.Arbitrary<SimulationSizes> = fc.record({
  stateBytes: fc.constantFrom(1_000_000, 4_000, 1),
  saveAfterStreams: fc.integer({ min: 1, max: 3 }),
  saveMs: fc.constantFrom(5, 50),
  maxBatchEvents: fc.constantFrom(1_000, 2),
});

async function untilDone(trial: Promise<void>): Promise<void> {
  let done = false;
  const over = trial.finally(() => (done = true));
  over.catch(() => undefined);
  while (!done) await jest.advanceTimersByTimeAsync(5);
  await over;
}

async function tryOut(trial: EngineSimulation, steps: readonly SimulationStep[]): Promise<void> {
  await trial.start();
  for (const each of steps) await trial.take(each);
  trial.heal();
  await trial.quiesce();
  expect(violations(trial.attempts, trial.log.everything)).toEqual([]);
  for (const renew of [() => Promise.resolve(), () => trial.startOver()]) {
    await renew();
    for (const index of STREAMS.keys()) {
      const history = trial.historyOf(index);
      // Streams of other tenants are invisible to this one.
      if (history.some(({ metadata }) => metadata.tenant !== 't')) continue;
      const total = history.reduce((sum, { data }) => sum + (data as { amount: number }).amount, 0);
      expect(await trial.probe(index)).toEqual({ version: history.length + 1, total });
    }
  }
  await trial.stop();
  for (const { stored, told } of await trial.stored()) expect(stored).toEqual(told);
  expect(violations(trial.attempts, trial.log.everything)).toEqual([]);
}

describe('engines that share partitions, under any failures and ownership changes', () => {
  // Time is not the machine's, so that each run is the same again.
  beforeEach(() => void jest.useFakeTimers({ now: 0, doNotFake: ['nextTick', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  itForAll(
    'tell clients only what the log has: once, in order, and nothing that was refused',
    [fc.array(step, { maxLength: 40, size: 'max' }), sizes, fc.nat()],
    { numRuns: 300 },
    async (steps, sizes, seed) => {
      jest.clearAllTimers();
      await untilDone(tryOut(new EngineSimulation(sizes, seed), steps));
    },
  );
});
