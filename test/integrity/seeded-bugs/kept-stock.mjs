/** Seeded bug: what undoes an order forgets the first of several articles. Found as `stock-left-behind`. */
import { ORDER_FULFILMENT } from '../../../dist/libs/fulfilment/core/order-fulfilment/order-fulfilment.js';

const { plan } = ORDER_FULFILMENT;

ORDER_FULFILMENT.plan = (facts, isOpen) => {
  const { failure, lines } = facts;
  if (!failure || lines.length < 2 || lines[0].status !== 'reserved') return plan(facts, isOpen);
  return plan({ ...facts, lines: [{ ...lines[0], status: 'released' }, ...lines.slice(1)] }, isOpen);
};
