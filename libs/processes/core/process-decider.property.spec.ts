import fc from 'fast-check';
import { itForAll, tagged } from '#libs/kernel/testing';
import { curse, errands } from '../testing/index.js';
import {
  commandIdOf,
  type Process,
  type ProcessCommand,
  processDecider,
  type ProcessEvent,
} from './index.js';

const PROCESS = '0197a2f0-0000-7000-8000-000000000001';
const errand = fc.constantFrom('bread', 'milk', 'tea');
const time = fc.integer({ min: 0, max: 3_000 });

const event = tagged('type', {
  added: [4, { errand }],
  'given-time': [2, { patienceMs: time }],
  'called-off': [1, {}],
  curse: [2, {}],
});
const commandId = errand.map((key) => commandIdOf(PROCESS, key));
const answer = tagged('outcome', {
  done: [5, { data: fc.constant({}) }],
  refused: [1, { code: errand, detail: errand }],
});
const input = tagged('type', {
  'handle-event': [4, { version: fc.integer({ min: 2, max: 12 }), event, at: time }],
  'handle-answer': [4, { commandId, answer, at: time }],
  'fire-timer': [2, { name: fc.constant('patience'), dueAt: time, at: time }],
  'report-stuck': [1, { commandId, error: errand, at: time }],
  'retry-process': [2, { at: time }],
  'cancel-process': [1, { reason: fc.constant(null), at: time }],
});
/** The definition is mended, or broken, in between. */
const moves = fc.array(fc.record({ input, isCursed: fc.boolean() }), { maxLength: 40 });

const wished = (event: object, version: number, at: number) => ({
  type: 'handle-event' as const,
  eventId: `e-${version}`,
  eventType: 'wish',
  stream: 'wishes/1',
  version,
  correlationId: 'c',
  event: event as Readonly<Record<string, unknown>>,
  at,
});
const START = wished({ type: 'asked', errands: ['bread', 'milk'], patienceMs: 1_000 }, 1, 0);

function play(
  given: readonly {
    readonly input: typeof input extends fc.Arbitrary<infer Value> ? Value : never;
    readonly isCursed: boolean;
  }[],
) {
  const { decide, evolve, initialState } = processDecider([errands()]);
  let state: Process = initialState;
  const events: ProcessEvent[] = [];
  const take = (command: object, isCursed: boolean): void => {
    curse.isOn = isCursed;
    const decision = decide({ processId: PROCESS, process: 'errands', ...command } as ProcessCommand, state);
    curse.isOn = false;
    if (!decision.ok) return;
    for (const each of decision.value) {
      events.push(each);
      state = evolve(state, each);
    }
  };
  take(START, false);
  for (const { input: each, isCursed } of given)
    take(each.type === 'handle-event' ? wished(each.event, each.version, each.at) : each, isCursed);
  return { state, events };
}

const throughJson = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value;

describe('the events of a process', () => {
  afterEach(() => {
    curse.isOn = true;
  });

  itForAll(
    'lead to the state that deciding led to, through JSON and after the plan has changed',
    [moves],
    { numRuns: 500 },
    (given) => {
      const { state, events } = play(given);
      const changed = errands({
        plan: () => ({ commands: [], timers: [{ name: 'other', dueAt: 1 }], end: 'completed' }),
      });
      for (const definition of [errands(), changed]) {
        const { evolve, initialState } = processDecider([definition]);
        const replayed = events.reduce<Process>(
          (before, each) => throughJson(evolve(before, throughJson(each))),
          initialState,
        );
        expect(replayed).toEqual(throughJson(state));
      }
    },
  );

  itForAll('let no repeat of any input have an effect', [moves], { numRuns: 300 }, (given) => {
    const once = play(
      given.filter(
        ({ input: { type } }) =>
          type !== 'report-stuck' && type !== 'retry-process' && type !== 'cancel-process',
      ),
    );
    const twice = play(
      given
        .filter(
          ({ input: { type } }) =>
            type !== 'report-stuck' && type !== 'retry-process' && type !== 'cancel-process',
        )
        .flatMap((each) => [each, each]),
    );
    expect(twice.events).toEqual(once.events);
  });
});
