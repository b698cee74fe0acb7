import fc from 'fast-check';
import { tagged, type ValueOf } from '#libs/kernel/testing';
import type { AppendFault } from './unsteady-log.fixture.js';

export const ENGINES = 3;
export const PARTITION_COUNT = 2;
export const STREAMS = ['s0', 's1', 's2', 's3'] as const;

const engine = fc.nat(ENGINES - 1);
const stream = fc.nat(STREAMS.length - 1);
const rarely = (weight = 4): fc.Arbitrary<boolean> =>
  fc.oneof({ weight, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) });

const command = fc.record({
  engine,
  stream,
  amount: fc.nat(20),
  key: fc.option(fc.nat(2), { nil: undefined, freq: 3 }),
  /** Offset from the log's version at the time of sending. */
  expected: fc.option(fc.integer({ min: -1, max: 1 }), { nil: undefined, freq: 3 }),
  /** Sent by a process manager, whose command id identifies the request. */
  ofProcess: fc.boolean(),
  /** Whether the key is also used with a different request. */
  otherRequest: rarely(),
  otherTenant: rarely(9),
});

const fault = fc.constantFrom<AppendFault[]>(
  'rejected',
  'fenced',
  'lost-answer',
  'lost-request',
  'late-request',
);

/** What may happen while several engines work. */
export const simulationStep = tagged('kind', {
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

export const simulationSizes = fc.record({
  stateBytes: fc.constantFrom(1_000_000, 4_000, 1),
  saveAfterStreams: fc.integer({ min: 1, max: 3 }),
  saveMs: fc.constantFrom(5, 50),
  maxBatchEvents: fc.constantFrom(1_000, 2),
});

export type SentCommand = ValueOf<typeof command>;
export type SimulationStep = ValueOf<typeof simulationStep>;
export type SimulationSizes = ValueOf<typeof simulationSizes>;
