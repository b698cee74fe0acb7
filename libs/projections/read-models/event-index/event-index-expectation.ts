import type { LoggedEvent } from '#libs/contracts';
import {
  columnText,
  type Expectation,
  type ExpectedRow,
  type VerifiedReadModel,
} from '../../core/verification/expectation.js';

const NONE: readonly ExpectedRow[] = [];
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The row of an event never changes, so no state is needed. */
class EventIndexExpectation implements Expectation {
  apply({ data, metadata, position }: LoggedEvent): readonly ExpectedRow[] {
    const { orderId } = data as { readonly orderId?: string | null };
    const order = orderId?.toLowerCase() ?? '';
    return [
      {
        table: 'event_index',
        columns: {
          event_id: metadata.eventId,
          order_id: UUID.test(order) ? order : null,
          tenant: columnText(metadata.tenant),
          topic: position.topic,
          partition: String(position.partition),
          offset: String(position.offset),
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

export const VERIFIED_EVENT_INDEX: VerifiedReadModel = {
  tables: [{ name: 'event_index' }],
  expect: () => new EventIndexExpectation(),
};
