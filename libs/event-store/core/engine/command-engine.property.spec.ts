import { jest } from '@jest/globals';
import fc from 'fast-check';
import { itForAll } from '#libs/kernel/testing';
import { violations } from '../../testing/attempts.fixture.js';
import { EngineSimulation } from '../../testing/engine-simulation.fixture.js';
import {
  simulationSizes,
  simulationStep,
  type SimulationStep,
  STREAMS,
} from '../../testing/simulation-steps.fixture.js';

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
    [fc.array(simulationStep, { maxLength: 40, size: 'max' }), simulationSizes, fc.nat()],
    { numRuns: 300 },
    async (steps, sizes, seed) => {
      jest.clearAllTimers();
      await untilDone(tryOut(new EngineSimulation(sizes, seed), steps));
    },
  );
});
