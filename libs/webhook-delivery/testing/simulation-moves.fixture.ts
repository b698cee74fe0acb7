import fc from 'fast-check';
import type { BatchMode, ExhaustionPolicy, FilterValue, Ordering } from '#libs/webhooks';
import type { PlannedCall } from './unsteady-process.fixture.js';

const STREAMS = ['s0', 's1', 's2', 's3', 's4'] as const;
const TYPES = ['order.created', 'order.confirmed', 'order.shipped'] as const;

export interface SimulatedRule {
  readonly eventTypes: readonly string[];
  readonly filter: Readonly<Record<string, FilterValue | readonly FilterValue[]>> | null;
}

export interface SimulatedFeed {
  readonly ordering: Ordering;
  readonly batch: BatchMode | null;
  readonly onExhausted: ExhaustionPolicy;
  readonly maxAttempts: number;
  readonly rateLimit: number | null;
  readonly rule: SimulatedRule;
}

export interface SimulatedEvent {
  readonly stream: string;
  readonly type: string;
}

/** Feeds are meant by number, places in the log by how much of it lies before. */
export type Move =
  | { readonly kind: 'publish' | 'publish-unseen'; readonly events: readonly SimulatedEvent[] }
  | { readonly kind: 'wait'; readonly ms: number }
  | { readonly kind: 'begin'; readonly feed: SimulatedFeed; readonly from: number }
  | { readonly kind: 'change' | 'change-unheard'; readonly nth: number; readonly rule: SimulatedRule }
  | { readonly kind: 'replay'; readonly nth: number; readonly from: number; readonly to: number }
  | { readonly kind: 'pause' | 'disable' | 'resume' | 'redrive' | 'skip'; readonly nth: number }
  /** By one dispatcher, meant by number. */
  | { readonly kind: 'hear'; readonly nth: number }
  | { readonly kind: 'turn-bad' | 'turn-good'; readonly stream: string }
  | {
      readonly kind:
        | 'stop'
        | 'crash'
        | 'rival'
        | 'control-record'
        | 'continue-at-end'
        | 'store-down'
        | 'store-up'
        | 'log-down'
        | 'log-up'
        | 'fault';
    };

export type MoveKind = Move['kind'];

const someStreams = fc.subarray([...STREAMS], { minLength: 1 });
const rule: fc.Arbitrary<SimulatedRule> = fc.record({
  eventTypes: fc.oneof(
    fc.constant(['*']),
    fc.constant(['order.*']),
    fc.subarray([...TYPES], { minLength: 1 }),
  ),
  filter: fc.oneof(
    { weight: 2, arbitrary: fc.constant(null) },
    fc.constantFrom(...STREAMS).map((stream) => ({ 'data.orderId': stream })),
    someStreams.map((streams) => ({ 'metadata.streamId': streams })),
    fc
      .tuple(someStreams, someStreams)
      .map(([ids, streams]) => ({ 'data.orderId': ids, 'metadata.streamId': streams })),
    // Matches nothing: such a feed stays idle forever.
    fc.constant({ 'data.nothing': 'such' }),
  ),
});

export const simulatedFeed: fc.Arbitrary<SimulatedFeed> = fc.record({
  ordering: fc.constantFrom('stream' as const, 'partition' as const, 'none' as const),
  batch: fc.option(fc.record({ maxEvents: fc.integer({ min: 1, max: 4 }), maxWaitMs: fc.nat({ max: 300 }) })),
  onExhausted: fc.constantFrom('park' as const, 'skip' as const),
  maxAttempts: fc.constantFrom(1, 2, 3, 1_000),
  rateLimit: fc.option(fc.constant(20), { freq: 4 }),
  rule,
});

const nth = fc.nat({ max: 5 });
const events = fc.array(fc.record({ stream: fc.constantFrom(...STREAMS), type: fc.constantFrom(...TYPES) }), {
  maxLength: 12,
});
/** No `fc.double`, which is nearly always next to 0. */
const part = fc.nat({ max: 20 }).map((twentieths) => twentieths / 20);

const movesOf: { readonly [Kind in MoveKind]?: fc.Arbitrary<Move> } = {
  publish: fc.record({ kind: fc.constant('publish' as const), events }),
  'publish-unseen': fc.record({ kind: fc.constant('publish-unseen' as const), events }),
  wait: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat({ max: 3_000 }) }),
  begin: fc.record({ kind: fc.constant('begin' as const), feed: simulatedFeed, from: part }),
  change: fc.record({ kind: fc.constant('change' as const), nth, rule }),
  'change-unheard': fc.record({ kind: fc.constant('change-unheard' as const), nth, rule }),
  replay: fc.record({ kind: fc.constant('replay' as const), nth, from: part, to: part }),
};

const STREAM_MOVES: readonly MoveKind[] = ['turn-bad', 'turn-good'];
const NUMBERED_MOVES: readonly MoveKind[] = ['pause', 'disable', 'resume', 'redrive', 'skip', 'hear'];

function moveOf(kind: MoveKind): fc.Arbitrary<Move> {
  const known = movesOf[kind];
  if (known) return known;
  const given = {
    kind: fc.constant(kind),
    ...(STREAM_MOVES.includes(kind) ? { stream: fc.constantFrom(...STREAMS) } : {}),
    ...(NUMBERED_MOVES.includes(kind) ? { nth } : {}),
  };
  return fc.record(given) as fc.Arbitrary<Move>;
}

/** Much is published, and time passes; now and then one of the others. Without a size, there are ten moves at most. */
export const movesWith = (...others: readonly MoveKind[]): fc.Arbitrary<Move[]> =>
  fc.array(
    fc.oneof(
      { weight: 2 * others.length + 4, arbitrary: moveOf('publish') },
      { weight: 2 * others.length + 4, arbitrary: moveOf('wait') },
      ...others.map((kind) => ({ weight: 2, arbitrary: moveOf(kind) })),
    ),
    { maxLength: 40, size: 'max' },
  );

/** How the endpoint takes each attempt, over and over. */
export interface Answer {
  readonly succeeds: boolean;
  readonly takesMs: number;
}

export const answers: fc.Arbitrary<Answer[]> = fc.array(
  fc.record({
    succeeds: fc.boolean(),
    takesMs: fc.oneof({ weight: 5, arbitrary: fc.nat({ max: 300 }) }, fc.nat({ max: 1_500 })),
  }),
  { minLength: 1, maxLength: 20 },
);

const delayMs = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.nat({ max: 1_200 }));

const faultPlanOf = (...fails: readonly PlannedCall['fails'][]): fc.Arbitrary<PlannedCall[]> =>
  fc.array(
    fc.record({
      beforeMs: delayMs,
      afterMs: delayMs,
      fails: fc.oneof({ weight: 5, arbitrary: fc.constant('never' as const) }, fc.constantFrom(...fails)),
    }),
    { maxLength: 12 },
  );

/** No faults at all. */
export const steady: fc.Arbitrary<PlannedCall[]> = fc.constant([]);
/** Slow at times. */
export const slow = faultPlanOf('never');
/** And at times it fails. */
export const rough = faultPlanOf('never', 'before', 'after');
