import { z } from 'zod';
import { storableText } from '#libs/contracts';
import { canonicalJson } from '#libs/kernel';
import { type EventFilter, MAX_FILTER_BYTES } from '#libs/webhooks';

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
 * Described without a type and without alternatives, so that generators take it for anything: some of them fail on several
 * types, others on alternatives of which one is a list.
 */
const condition = z.union([value, z.array(value).min(1).max(MAX_VALUES)]).meta({
  id: 'FilterCondition',
  description: 'A text, a number, true, false or null, or a list of them.',
  anyOf: undefined,
  if: { type: 'array' },
  // oxlint-disable-next-line unicorn/no-thenable -- a keyword of JSON Schema
  then: { type: 'array', items: DESCRIBED_VALUE, minItems: 1, maxItems: MAX_VALUES },
  else: DESCRIBED_VALUE,
});

const path = storableText(1, 200)
  .refine((text) => PATH.test(text), 'must be a path such as data.customer.id or metadata.actor')
  .meta({ pattern: '^(?:data|metadata)(?:\\.[^.\\x00]+)+$' });

/** Conditions as they are shown. */
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
    'Conditions on fields of `data` and `metadata`, by path: a value, or a list of values of which one must be there. ' +
      `All must be true; a field that is absent equals \`null\`. At most ${MAX_CONDITIONS} conditions of ${MAX_VALUES} values ` +
      `each, and ${MAX_FILTER_BYTES} bytes of JSON.`,
  );
