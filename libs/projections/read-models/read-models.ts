import { AGGREGATES } from '#libs/aggregates';
import { type AnyAggregateDefinition, firstRepeated } from '#libs/kernel';
import type { Projection } from '../core/runtime/projection.js';
import type { VerifiedReadModel } from '../core/verification/expectation.js';
import { verifiedStateTable } from '../core/verification/state-table-expectation.js';
import type { PostgresTransaction } from '../postgres/postgres-transaction.js';
import { stateTableProjection } from '../postgres/state-table-projection.js';
import { VERIFIED_EVENT_INDEX } from './event-index/event-index-expectation.js';
import { EVENT_INDEX_READ_MODEL } from './event-index/event-index.read-model.js';
import { VERIFIED_STATISTICS } from './order-statistics/order-statistics-expectation.js';
import { ORDER_STATISTICS_READ_MODEL } from './order-statistics/order-statistics.read-model.js';
import { VERIFIED_TIMELINE } from './order-timeline/order-timeline-expectation.js';
import { ORDER_TIMELINE_READ_MODEL } from './order-timeline/order-timeline.read-model.js';

type ReadModel = Projection<PostgresTransaction>;

/** Every read model, with how to verify it: the table of each aggregate, and those with folds of their own. */
const VERIFIED: readonly (readonly [ReadModel, VerifiedReadModel])[] = [
  ...AGGREGATES.map(
    (aggregate: AnyAggregateDefinition) =>
      [stateTableProjection(aggregate), verifiedStateTable(aggregate)] as const,
  ),
  [ORDER_TIMELINE_READ_MODEL, VERIFIED_TIMELINE],
  [ORDER_STATISTICS_READ_MODEL, VERIFIED_STATISTICS],
  [EVENT_INDEX_READ_MODEL, VERIFIED_EVENT_INDEX],
];

export const READ_MODELS: readonly ReadModel[] = VERIFIED.map(([readModel]) => readModel);
for (const names of [READ_MODELS.map(({ name }) => name), READ_MODELS.flatMap(({ tables }) => tables)]) {
  const twice = firstRepeated(names);
  if (twice) throw new Error(`two read models have the name, or the table, ${twice}`);
}

const EXPECTATIONS = new Map(VERIFIED.map(([{ name }, verified]) => [name, verified]));

/** Whether verify knows the projection's rows. Projections of users need no expectation. */
export const isVerified = (projection: string): boolean => EXPECTATIONS.has(projection);

/** How to verify a projection. @throws if there is no expectation for it: each built-in read model has one */
export function verifiedReadModel(projection: string): VerifiedReadModel {
  const verified = EXPECTATIONS.get(projection);
  if (!verified) throw new Error(`there is no expectation for the rows of ${projection}`);
  return verified;
}
