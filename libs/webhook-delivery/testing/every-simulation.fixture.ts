import fc from 'fast-check';
import { DispatchSimulation } from './dispatch-simulation.fixture.js';
import { expectDelivered } from './simulation-checks.fixture.js';
import { answers, type MoveKind, movesWith, steady, simulatedFeed } from './simulation-moves.fixture.js';

/** Bad streams, and people who look after their dead letters. */
export const TROUBLES = ['turn-bad', 'turn-good', 'redrive', 'skip', 'control-record'] as const;
export const CHANGES = ['begin', 'change', 'replay', 'pause', 'resume'] as const;
/** Changes that not all hear of at once. */
export const LATE_CHANGES = ['change-unheard', 'hear'] as const;
/** The log does not answer, and not all of it is brought. */
export const GAPS = ['publish-unseen', 'continue-at-end', 'log-down', 'log-up'] as const;

const { SIMULATIONS } = process.env;

export interface EverySimulationOptions {
  readonly faultPlan?: typeof steady;
  readonly numRuns?: number;
  /** Called after each move, and at the end. */
  readonly watch?: (simulation: DispatchSimulation) => void;
  /** Checks beyond what every simulation is checked for. */
  readonly check?: (simulation: DispatchSimulation) => void;
}

const simulated = (kinds: readonly MoveKind[], faultPlan: typeof steady) =>
  fc.record({
    moves: movesWith(...kinds),
    feeds: fc.array(simulatedFeed, { minLength: 1, maxLength: 4 }),
    answers,
    faultPlan,
  });

/** Runs simulations whose only moves beside publishing and waiting are of these kinds, and checks each at its end. The variable `SIMULATIONS` overrides how many. */
export function everySimulation(
  kinds: readonly MoveKind[],
  { faultPlan = steady, numRuns = 100, watch, check }: EverySimulationOptions = {},
): Promise<void> {
  const property = fc.asyncProperty(simulated(kinds, faultPlan), async ({ moves, ...options }) => {
    const simulation = new DispatchSimulation(options);
    await simulation.run(moves, () => watch?.(simulation));
    expectDelivered(simulation);
    check?.(simulation);
  });
  return fc.assert(property, { numRuns: Number(SIMULATIONS ?? numRuns) });
}

/** Runs the same simulations each time, however long that takes, until the watch says that it has seen enough. */
export async function fixedSimulations(
  kinds: readonly MoveKind[],
  { faultPlan = steady, numRuns = 100 }: Pick<EverySimulationOptions, 'faultPlan' | 'numRuns'>,
  watch: (simulation: DispatchSimulation) => boolean,
): Promise<void> {
  let isEnough = false;
  for (const { moves, ...options } of fc.sample(simulated(kinds, faultPlan), { numRuns, seed: 1 })) {
    const simulation = new DispatchSimulation(options);
    await simulation.run(moves, () => {
      isEnough ||= watch(simulation);
    });
    if (isEnough) return;
  }
}
