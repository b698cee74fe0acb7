/**
 * Seeded bug: customers are told that their order is confirmed once the payment is authorized. Found as `announced-in-vain`.
 */
import { ORDER_FULFILMENT } from '../../../dist/libs/fulfilment/core/order-fulfilment/order-fulfilment.js';

const { apply } = ORDER_FULFILMENT;
const MAIL = { key: 'mail:confirmed', template: 'order-confirmed', facts: {}, isDone: false };

ORDER_FULFILMENT.apply = (facts, input) => {
  const learned = apply(facts, input);
  const isTold = learned.mails.some(({ key }) => key === MAIL.key);
  return learned.payment === 'authorized' && !isTold
    ? { ...learned, mails: [...learned.mails, MAIL] }
    : learned;
};
