import fc from 'fast-check';
import { LAWFUL } from './lawful-requests.js';
import { LAWLESS } from './lawless-requests.js';

/** The bytes that a client sends on one connection, and how it sends them. */
export interface Conversation {
  readonly requests: readonly PlannedRequest[];
  /** Where what it sends is cut into pieces: parts of the whole, from 0 to 1. */
  readonly pieces: readonly number[];
  /** Anything after this share of the bytes is never sent. */
  readonly upTo: number;
  /** Between two pieces. Milliseconds. */
  readonly pauseMs: number;
  readonly ending: Ending;
}

/** It says that nothing more will come; waits for the server; goes away; resets the connection. */
export type Ending = 'half-close' | 'wait' | 'close' | 'reset';

export interface PlannedRequest {
  readonly kind: string;
  readonly salt: number;
  /** A byte of its headers that becomes another. The effect of that is unknown. */
  readonly broken?: { readonly at: number; readonly byte: number } | undefined;
}

export const WRITES = { ...LAWFUL, ...LAWLESS };

const salt = fc.nat(1_000);
const part = fc.nat(1_000).map((thousandths) => thousandths / 1_000);
const planned = (kinds: object) => fc.record({ kind: fc.constantFrom(...Object.keys(kinds)), salt });
const request: fc.Arbitrary<PlannedRequest> = fc.oneof(
  { weight: 12, arbitrary: planned(LAWFUL) },
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('order'), salt }) },
  { weight: 6, arbitrary: planned(LAWLESS) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constantFrom('order', 'order in chunks', 'zipped order', 'read'),
      salt,
      broken: fc.record({ at: part, byte: fc.nat(255) }),
    }),
  },
);

export const conversations = (max: number): fc.Arbitrary<Conversation[]> =>
  fc.array(
    fc.record({
      requests: fc.array(request, { minLength: 1, maxLength: 8 }),
      pieces: fc.array(part, { maxLength: 6 }),
      upTo: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: part }),
      pauseMs: fc.constantFrom(0, 0, 0, 1, 5),
      ending: fc.oneof(
        { weight: 8, arbitrary: fc.constant('half-close' as const) },
        { weight: 1, arbitrary: fc.constantFrom('wait' as const, 'close' as const, 'reset' as const) },
      ),
    }),
    { minLength: 1, maxLength: max },
  );
