import fc from 'fast-check';
import type { ValueOf } from '#libs/kernel/testing';
import { LAWFUL } from './lawful-requests.js';
import { LAWLESS } from './lawless-requests.js';

export const WRITES = { ...LAWFUL, ...LAWLESS };

const salt = fc.nat(1_000);
const part = fc.nat(1_000).map((thousandths) => thousandths / 1_000);
const planned = (
  kind: fc.Arbitrary<string>,
  broken: fc.Arbitrary<Break | undefined> = fc.constant(undefined),
) => fc.record({ kind, salt, broken });
const oneOf = (kinds: object) => planned(fc.constantFrom(...Object.keys(kinds)));

/** A byte of the headers, at a part of them, that becomes another. The effect of that is unknown. */
interface Break {
  readonly at: number;
  readonly byte: number;
}

const request = fc.oneof(
  { weight: 12, arbitrary: oneOf(LAWFUL) },
  { weight: 6, arbitrary: planned(fc.constant('order')) },
  { weight: 6, arbitrary: oneOf(LAWLESS) },
  {
    weight: 1,
    arbitrary: planned(
      fc.constantFrom('order', 'order in chunks', 'zipped order', 'read'),
      fc.record({ at: part, byte: fc.nat(255) }),
    ),
  },
);

/** The bytes that a client sends on one connection, and how it sends them. */
const conversation = fc.record({
  requests: fc.array(request, { minLength: 1, maxLength: 8 }),
  /** Where what it sends is cut into pieces: parts of the whole, from 0 to 1. */
  pieces: fc.array(part, { maxLength: 6 }),
  /** Anything after this share of the bytes is never sent. */
  upTo: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: part }),
  /** Between two pieces. */
  pauseMs: fc.constantFrom(0, 0, 0, 1, 5),
  /** It says that nothing more will come; waits for the server; goes away; resets the connection. */
  ending: fc.oneof(
    { weight: 8, arbitrary: fc.constant('half-close' as const) },
    { weight: 1, arbitrary: fc.constantFrom('wait' as const, 'close' as const, 'reset' as const) },
  ),
});

export type Conversation = ValueOf<typeof conversation>;
export type PlannedRequest = ValueOf<typeof request>;

export const conversations = (max: number): fc.Arbitrary<Conversation[]> =>
  fc.array(conversation, { minLength: 1, maxLength: max });
