import { hash } from 'node:crypto';
import type { LoggedEvent } from '#libs/contracts';
import type { Expectation, ExpectedRow, VerifiedReadModel } from '../../core/verification/expectation.js';

const NONE: readonly ExpectedRow[] = [];

/** The row of an event never changes, so no state is needed. */
class TimelineExpectation implements Expectation {
  apply({ metadata, position, value }: LoggedEvent): readonly ExpectedRow[] {
    return [
      {
        table: 'order_timeline',
        columns: {
          order_id: metadata.streamId,
          version: String(metadata.version),
          tenant: metadata.tenant,
          occurred_at: metadata.occurredAt,
          partition: String(position.partition),
          offset: String(position.offset),
          value: hash('sha256', value, 'hex'),
        },
      },
    ];
  }

  endPass(): Iterable<ExpectedRow> {
    return NONE;
  }

  needsAnotherPass(): boolean {
    return false;
  }
}

export const VERIFIED_TIMELINE: VerifiedReadModel = {
  tables: [{ name: 'order_timeline' }],
  expect: () => new TimelineExpectation(),
};
