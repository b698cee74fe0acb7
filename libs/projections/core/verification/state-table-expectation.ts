import type { LoggedEvent } from '#libs/contracts';
import type { AnyAggregateDefinition, Decider, DomainEvent } from '#libs/kernel';
import { keyColumnOf } from '../state-table.js';
import {
  columnText,
  type Expectation,
  type ExpectationContext,
  type ExpectedRow,
  type VerifiedReadModel,
} from './expectation.js';
import { SlicedStreams } from './sliced-streams.js';

type State = Readonly<Record<string, unknown>>;

const NONE: readonly ExpectedRow[] = [];

class StateTableExpectation implements Expectation {
  readonly #streams: SlicedStreams<State, DomainEvent>;

  constructor(
    private readonly aggregate: AnyAggregateDefinition,
    context: ExpectationContext,
  ) {
    const decider = aggregate.decider as Decider<State, never, DomainEvent>;
    this.#streams = new SlicedStreams(decider, context);
  }

  apply(event: LoggedEvent): readonly ExpectedRow[] {
    this.#streams.apply(event);
    return NONE;
  }

  *endPass(): Iterable<ExpectedRow> {
    const { subject, table } = this.aggregate;
    const keyColumn = keyColumnOf(this.aggregate);
    for (const [, { tenant, version, createdAt, updatedAt, state }] of this.#streams.entries()) {
      if (table.hasRow && !table.hasRow(state)) continue;
      const own = Object.entries(table.columns).map(([name, { of }]) => {
        const value = of(state);
        return [name, value === null ? null : columnText(String(value))] as const;
      });
      yield {
        table: table.name,
        columns: {
          [keyColumn]: columnText(String(state[subject])),
          tenant,
          version: String(version),
          created_at: createdAt,
          updated_at: updatedAt,
          state: JSON.stringify(state),
          ...Object.fromEntries(own),
        },
      };
    }
  }

  needsAnotherPass(): boolean {
    return this.#streams.needsAnotherPass();
  }
}

/** How to verify the table of an aggregate. It shares its columns with the projection, but neither batches nor statements. */
export const verifiedStateTable = (aggregate: AnyAggregateDefinition): VerifiedReadModel => ({
  tables: [{ name: aggregate.table.name }],
  expect: (context) => new StateTableExpectation(aggregate, context),
});
