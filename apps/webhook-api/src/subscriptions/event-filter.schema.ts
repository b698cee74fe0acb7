import { z } from 'zod';
import { storableText } from '#libs/contracts';
import { canonicalJson } from '#libs/kernel';
import { type EventFilter, MAX_FILTER_BYTES } from '#libs/webhooks';

const MAX_CONDITIONS = 20;
const MAX_VALUES = 50;
const PATH = /^(?:data|metadata)(?:\.[^.]+)+$/;

const value = z
  .union([storableText(0, 1_000), z.number(), z.boolean(), z.null()])
  .meta({ id: 'FilterValue' });

const path = storableText(1, 200)
  .refine((text) => PATH.test(text), 'must be a path such as data.customer.id or metadata.actor')
  .meta({ pattern: '^(?:data|metadata)(?:\\.[^.\\x00]+)+$' });

/** Conditions as they are shown. */
export const shownFilterSchema = z.record(z.string(), z.union([value, z.array(value)]));

/** Conditions on fields of an event; `null` for none. */
export const eventFilterSchema = z
  .record(path, z.union([value, z.array(value).min(1).max(MAX_VALUES)]))
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
