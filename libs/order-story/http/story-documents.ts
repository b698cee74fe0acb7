import { ORDER_AGGREGATE, orderDocument } from '#libs/orders';
import { PAYMENT_AGGREGATE, paymentDocument } from '#libs/payments';
import { NOTIFICATION_AGGREGATE } from '#libs/notifications';
import { notificationDocument } from '#libs/notifications/http';
import { PROCESS_AGGREGATE } from '#libs/fulfilment/core';
import { processDocument } from '#libs/processes/http';
import {
  applyEvent,
  type Decider,
  type DomainEvent,
  emptyStream,
  type RecordedEvent,
  type Stream,
} from '#libs/kernel';
import type { StreamDocuments } from '../core/index.js';

type Fold = (stream: Stream<unknown> | undefined, event: RecordedEvent) => Stream<unknown>;

interface FoldedTopic {
  readonly fold: Fold;
  readonly documentOf: (stream: Stream<never>) => object;
}

const folded = <State>(
  topic: string,
  { initialState, evolve }: Pick<Decider<State, never, never>, 'initialState' | 'evolve'>,
  documentOf: (stream: Stream<State>) => object,
): readonly [string, FoldedTopic] => [
  topic,
  {
    fold: (stream, event) =>
      applyEvent(
        { evolve: evolve as (state: State, event: DomainEvent) => State },
        (stream as Stream<State> | undefined) ?? emptyStream(initialState),
        event,
      ),
    documentOf,
  },
];

/** Topics whose streams belong to one order, so that a story has all their events. Those of stock go on with other orders. */
const FOLDED: ReadonlyMap<string, FoldedTopic> = new Map([
  folded(ORDER_AGGREGATE.topic, ORDER_AGGREGATE.decider, orderDocument),
  folded(PAYMENT_AGGREGATE.topic, PAYMENT_AGGREGATE.decider, paymentDocument),
  folded(NOTIFICATION_AGGREGATE.topic, NOTIFICATION_AGGREGATE.decider, notificationDocument),
  folded(PROCESS_AGGREGATE.topic, PROCESS_AGGREGATE.decider, processDocument),
]);

/** Folds the streams of one story into the documents that queries show. */
export class StoryDocuments implements StreamDocuments {
  readonly #streams = new Map<string, Stream<unknown>>();

  after(event: RecordedEvent): object | undefined {
    const topic = FOLDED.get(event.position.topic);
    if (!topic) return undefined;
    const key = `${event.position.topic} ${event.metadata.streamId}`;
    try {
      const stream = topic.fold(this.#streams.get(key), event);
      this.#streams.set(key, stream);
      return topic.documentOf(stream as Stream<never>);
    } catch {
      // An event before it could not be read: later ones are shown without what they changed.
      return undefined;
    }
  }
}
