import { z } from 'zod';
import { storableText } from '#libs/contracts';
import { canonicalJson } from '#libs/kernel';
import { type EventFilter, MAX_FILTER_BYTES } from '../index.js';

const MAX_CONDITIONS = 20;
const MAX_VALUES = 50;
const MAX_TEXT = 1_000;
const PATH = /^(?:data|metadata)(?:\.[^.]+)+$/;

const value = z.union([storableText(0, MAX_TEXT), z.number(), z.boolean(), z.null()]);

const DESCRIBED_VALUE = {
  type: ['string', 'number', 'boolean', 'null'],
  maxLength: MAX_TEXT,
  pattern: '^[^\\x00]*$',
};

/**
 * Described by `if` and `then` only: some client generators fail on a list of types, others on `anyOf` with an array in
 * it. They treat this as any value.
 */
const condition = z.union([value, z.array(value).min(1).max(MAX_VALUES)]).meta({
  id: 'FilterCondition',
  description: 'A string, number, boolean or null, or a list of them.',
  anyOf: undefined,
  if: { type: 'array' },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { type: 'array', items: DESCRIBED_VALUE, minItems: 1, maxItems: MAX_VALUES },
  else: DESCRIBED_VALUE,
});

const path = storableText(1, 200)
  .refine((text) => PATH.test(text), 'must be a path such as data.customer.id or metadata.actor')
  .meta({ pattern: '^(?:data|metadata)(?:\\.[^.\\x00]+)+$' });

export const shownFilterSchema = z.record(z.string(), condition);

/** Conditions on fields of an event; `null` for none. */
export const eventFilterSchema = z
  .record(path, condition)
  .meta({ maxProperties: MAX_CONDITIONS })
  .nullable()
  .refine(
    (filter) => Object.keys(filter ?? {}).length <= MAX_CONDITIONS,
    `must be at most ${MAX_CONDITIONS} conditions`,
  )
  .refine(
    (filter) => Buffer.byteLength(canonicalJson(filter)) <= MAX_FILTER_BYTES,
    `must take at most ${MAX_FILTER_BYTES} bytes as JSON`,
  )
  .transform((filter): EventFilter | null => (Object.keys(filter ?? {}).length === 0 ? null : filter))
  .describe(
    'Conditions on fields of `data` and `metadata`, by path: the field must equal the value, or one of a list of values. ' +
      `All conditions must hold; an absent field equals \`null\`. The limits are ${MAX_CONDITIONS} conditions, ${MAX_VALUES} values ` +
      `each, and ${MAX_FILTER_BYTES} bytes of JSON.`,
  );
