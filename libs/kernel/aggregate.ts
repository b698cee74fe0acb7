import type { Decider, Rejection } from './decider.js';
import type { DomainEvent } from './event.js';

/** What clients are told of an error code. */
export interface Problem {
  /** The HTTP status of its answers. */
  readonly status: number;
  readonly title: string;
  /** Ends up in `docs/problems.md`, so it may use Markdown. */
  readonly meaning: string;
}

/**
 * A column of a read model, computed from the state. Its type is also how its values travel:
 *
 * - `int`, `bigint`: whole numbers, 32 and 53 bits; `null` for none.
 * - `keyword`: text without commas that is never empty, such as a status.
 * - `text`: any text.
 */
export type StateColumn<State> =
  | { readonly type: 'int' | 'bigint'; readonly of: (state: State) => number | null }
  | { readonly type: 'keyword' | 'text'; readonly of: (state: State) => string };

/**
 * The read model of an aggregate: a table with a row for each stream. It has the column that the subject names (`orderId`:
 * `order_id`), these, and `tenant`, `version`, `created_at`, `updated_at` and `state`, which is JSON.
 */
export interface StateTable<State, Row extends State = State, Columns extends string = string> {
  /** The table's name, unquoted. */
  readonly name: string;
  /** The projection's name, which its checkpoints use. */
  readonly projection: string;
  /** Increase it by one when the same events lead to other rows: projectors then rebuild the read model. */
  readonly version: number;
  /** `uuid`: unique, the table's primary key, and listed newest first. `text`: unique within the tenant, and listed in order. */
  readonly key: 'uuid' | 'text';
  /** By the names that they have in SQL, such as `starts_at`. Lists can be filtered by them. */
  readonly columns: Readonly<Record<Columns, StateColumn<Row>>>;
  /** Which states have a row; default: all. */
  readonly hasRow?: (state: State) => state is Row;
}

/** An aggregate, as a context defines it. All that the system does with it follows from this and from its schemas. */
export interface AggregateDefinition<
  State,
  Command,
  Event extends DomainEvent,
  Refusal extends Rejection,
  Topic extends string,
  Problems,
  Row extends State,
  Columns extends string,
> {
  /** Holds the streams of this aggregate alone; also the folder of its schemas. */
  readonly topic: Topic;
  readonly decider: Decider<State, Command, Event, Refusal>;
  /** The field of each event's data, and of each state with a row, that names the instance. */
  readonly subject: keyof Event['data'] & keyof Row & string;
  /** For each code of its rejections, and for further codes of its routes. */
  readonly problems: Problems;
  /** What queries answer for an instance that the tenant does not have: "There is no <noun> <id>." */
  readonly notFound: { readonly code: keyof Problems & string; readonly noun: string };
  /** Path of the full data, which a thin webhook links to. @param subject percent-encoded */
  readonly link: (subject: string) => string;
  /** Ids that thin webhooks show beside the subject: names of fields of the data. */
  readonly relatedIds?: readonly string[];
  readonly table: StateTable<State, Row, Columns>;
}

// State is both input and output, so no type but `any` fits all aggregates.
/* oxlint-disable typescript/no-explicit-any */
export type AnyAggregateDefinition = AggregateDefinition<
  any,
  any,
  any,
  any,
  string,
  Readonly<Record<string, Problem>>,
  any,
  string
>;
/* oxlint-enable typescript/no-explicit-any */

/** Infers the types of an aggregate, and lets no rejection be without its problem. */
export const defineAggregate = <
  State,
  Command,
  Event extends DomainEvent,
  Refusal extends Rejection,
  const Topic extends string,
  const Problems extends Readonly<Record<Refusal['code'], Problem>>,
  Row extends State = State,
  const Columns extends string = string,
>(
  definition: AggregateDefinition<State, Command, Event, Refusal, Topic, Problems, Row, Columns>,
): AggregateDefinition<State, Command, Event, Refusal, Topic, Problems, Row, Columns> => definition;
