import { type AvroSchema, type FieldSchema, fullNameOf, isArray, isMap, isUnion } from '../avro-schema.js';

/** Why a schema cannot follow an older version of itself, in words for people. */
export interface SchemaBreak {
  /** The field, such as `customer.email` or `items[].sku`; empty for the event as a whole. */
  readonly field: string;
  /** Completes a sentence about the field, or the event. */
  readonly change: string;
  /** Who could no longer read what. */
  readonly why: string;
  readonly fix: string;
  /** Which promise is broken: that today's code reads old events, or that old code reads today's. */
  readonly breaks: { readonly oldEvents: boolean; readonly oldReaders: boolean };
}

const OLD_EVENTS = { oldEvents: true, oldReaders: false };
const OLD_READERS = { oldEvents: false, oldReaders: true };
const BOTH = { oldEvents: true, oldReaders: true };
/** Avro reads both, and gets the wrong meaning. */
const MEANING = { oldEvents: false, oldReaders: false };

/** Which of two types reads what was written with the other. */
export interface Readability {
  readonly oldEvents: boolean;
  readonly oldReaders: boolean;
}

export const fieldAdded = (field: string, { type }: FieldSchema): SchemaBreak => ({
  field,
  change: 'was added without a default',
  why: "Old events lack it, and without a default there is nothing to put in its place: today's code could read none of them.",
  fix: `Give it a default. If nothing is known of old events: ${json({ type: optional(type), default: null })}.`,
  breaks: OLD_EVENTS,
});

export const fieldRemoved = (field: string, removed: FieldSchema): SchemaBreak => ({
  field,
  change: 'was removed, and had no default',
  why: 'Old code needs it in every event, and has no default to put in its place: it could read no event that is written from now on.',
  fix: `Put it back as it was: ${json(removed)}. If nobody needs it any more, say so in its doc.`,
  breaks: OLD_READERS,
});

/** @param isSilent Avro puts the defaults in place of the values, and reports nothing */
export const fieldRenamed = (field: string, to: string, isSilent: boolean): SchemaBreak => ({
  field,
  change: `was renamed to ${to}`,
  why: isSilent
    ? `Avro knows a field by its name alone, and puts the default where it finds none: the values of ${field} in all old events would be lost without an error.`
    : `Avro knows a field by its name alone: today's code finds no ${to} in old events, and old code no ${field} in today's.`,
  fix: `Keep ${field}. If the new name matters, add ${to} beside it, with a default, and write both.`,
  breaks: isSilent ? MEANING : BOTH,
});

export const typeChanged = (
  field: string,
  before: AvroSchema,
  now: AvroSchema,
  reads: Readability,
): SchemaBreak => ({
  field,
  change: `was ${nameOfType(before)}, and is now ${nameOfType(now)}`,
  why: directions(
    reads,
    `today's code cannot read ${nameOfType(before)} as ${nameOfType(now)}, so no old event`,
    `old code cannot read ${nameOfType(now)} as ${nameOfType(before)}, so no event that is written from now on`,
  ),
  fix: beside(field, before),
  breaks: { oldEvents: !reads.oldEvents, oldReaders: !reads.oldReaders },
});

export const branchAdded = (field: string, branch: AvroSchema, before: AvroSchema): SchemaBreak => ({
  field,
  change: `may now also be ${nameOfType(branch)}`,
  why: `Old code knows no ${nameOfType(branch)} there: it could not read an event that holds one.`,
  fix: beside(field, before),
  breaks: OLD_READERS,
});

export const branchRemoved = (field: string, branch: AvroSchema, before: AvroSchema): SchemaBreak => ({
  field,
  change: `can no longer be ${nameOfType(branch)}`,
  why: `Old events hold ${nameOfType(branch)} there, and today's code could not read them.`,
  fix: `Put the type back: ${json(before)}. Code may stop writing ${nameOfType(branch)}; readers must still accept it.`,
  breaks: OLD_EVENTS,
});

export const symbolAdded = (field: string, symbol: string): SchemaBreak => ({
  field,
  change: `has the new symbol ${symbol}`,
  why: `Old code knows no ${symbol}: it could not read an event that holds it.`,
  fix: `Remove the symbol. Values that may become more are a string: add one beside ${field}, with a default, and list the values in its doc.`,
  breaks: OLD_READERS,
});

export const symbolRemoved = (field: string, symbol: string): SchemaBreak => ({
  field,
  change: `no longer has the symbol ${symbol}`,
  why: `Old events hold ${symbol}, and today's code could not read them.`,
  fix: 'Put the symbol back. Code may stop writing it; readers must still accept it.',
  breaks: OLD_EVENTS,
});

export const recordRenamed = (field: string, before: string, now: string): SchemaBreak => ({
  field,
  change: `was a record ${before}, and is now a record ${now}`,
  why: 'Avro compares records by name: neither can read the other, even with the same fields.',
  fix: `Keep the name ${before}.`,
  breaks: BOTH,
});

/** @param before the logical type, if there was one */
export const meaningChanged = (
  field: string,
  before: string | undefined,
  now: string | undefined,
): SchemaBreak => ({
  field,
  change: `had the logical type ${before ?? '(none)'}, and now has ${now ?? '(none)'}`,
  why: 'The bytes stay the same, so Avro reports nothing, and takes the one for the other: values would mean something else in old events than in new ones.',
  fix: `Put the logical type back${before === undefined ? ', which was none' : ''}. Add a field of another name beside it, with the new meaning and a default, and write both.`,
  breaks: MEANING,
});

export const dataNameChanged = (field: string, before: string, now: string): SchemaBreak => ({
  field,
  change: `was called ${before} in event data, and is now called ${now}`,
  why: 'Webhooks, filters, exports and our own code know it by that name: they would no longer find it.',
  fix: `Keep the dataName that makes it ${before}.`,
  breaks: MEANING,
});

export const defaultChanged = (field: string, before: unknown, now: unknown): SchemaBreak => ({
  field,
  change: `had the default ${json(before)}, and now has ${json(now)}`,
  why: 'The default is what an event says that was written without the field: such events would say something else from now on.',
  fix: `Put the default back. Where code should take ${json(before)} for ${json(now)}, let it do so itself.`,
  breaks: MEANING,
});

export const eventTypeChanged = (before: string | undefined, now: string | undefined): SchemaBreak => ({
  field: '',
  change: `had the event type ${before}, and now has ${now}`,
  why: `Subscriptions, filters and our own code know these events as ${before}: they would miss what is written from now on.`,
  fix: `Keep ${before}. For another meaning, add a new event beside it.`,
  breaks: MEANING,
});

/** What nobody has explained yet. @param reason in Avro's words */
export const unreadable = (reason: string, breaks: Readability): SchemaBreak => ({
  field: '',
  change: 'has changed so that Avro cannot read it',
  why: `${breaks.oldEvents ? "Today's code cannot read old events" : 'Old code cannot read events that are written from now on'}: ${reason}.`,
  fix: 'Put back what differs. Add new fields beside it, with defaults.',
  breaks,
});

const beside = (field: string, before: AvroSchema): string =>
  `Put the type back: ${json(before)}. Add a field of another name beside ${field}, with the new type and a default, and write both.`;

function directions({ oldEvents, oldReaders }: Readability, events: string, readers: string): string {
  const parts = [...(oldEvents ? [] : [events]), ...(oldReaders ? [] : [readers])];
  const text = parts.join('; ');
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

const optional = (type: AvroSchema): AvroSchema => {
  if (!isUnion(type)) return ['null', type];
  return ['null', ...type.filter((branch) => branch !== 'null')];
};

const json = (value: unknown): string => JSON.stringify(value) ?? '(none)';

/** `["null","string"]` → `null or string`. */
export function nameOfType(type: AvroSchema): string {
  if (isUnion(type)) return type.map(nameOfType).join(' or ');
  if (isArray(type)) return `an array of ${nameOfType(type.items)}`;
  if (isMap(type)) return `a map of ${nameOfType(type.values)}`;
  if (typeof type === 'string') return type;
  if ('name' in type) return fullNameOf(type);
  return 'logicalType' in type && type.logicalType !== undefined
    ? `${type.type} (${type.logicalType})`
    : type.type;
}
