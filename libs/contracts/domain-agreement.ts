import type { AGGREGATES } from '#libs/aggregates';
import type { Decider, DomainEvent, EventMetadata } from '#libs/kernel';
import type { EventDataByTopic } from './generated/catalogue.js';
import type { EventMetadata as EventMetadataRecord } from './generated/metadata.js';

/**
 * Compares the schemas with the aggregates' events at compile time: if a topic differs, or belongs to no aggregate, this file
 * does not compile, and the message names the topic.
 */

type Known = (typeof AGGREGATES)[number];
type Topic = keyof EventDataByTopic;

/** The events of a topic as a union, by its schemas. */
type SchemaEvents<Of extends Topic> = {
  [Type in keyof EventDataByTopic[Of] & string]: DomainEvent<Type, EventDataByTopic[Of][Type]>;
}[keyof EventDataByTopic[Of] & string];

/** The events of a topic as a union, by its aggregate. */
type DomainEvents<Of extends Topic> =
  Extract<Known, { readonly topic: Of }>['decider'] extends Decider<
    infer _State,
    infer _Command,
    infer Event,
    infer _Refusal
  >
    ? Event
    : never;

/** Mutually assignable: no field is missing, extra, optional on one side, or of a different type. */
type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : false) : false;
type None<_ extends never> = true;

export type TopicsDiffering = None<
  { [Of in Topic]: Same<SchemaEvents<Of>, DomainEvents<Of>> extends true ? never : Of }[Topic]
>;
export type TopicsWithoutAggregate = None<Exclude<Topic, Known['topic']>>;
export type AggregatesWithoutSchemas = None<Exclude<Known['topic'], Topic>>;
export type MetadataAgrees = None<Same<EventMetadataRecord, EventMetadata> extends true ? never : 'metadata'>;
