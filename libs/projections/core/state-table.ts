import type { AnyAggregateDefinition } from '#libs/kernel';

/** The column of an aggregate's table that names the instance: `orderId` → `order_id`. */
export const keyColumnOf = ({ subject }: Pick<AnyAggregateDefinition, 'subject'>): string =>
  subject.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
