import { describeEventLog } from './conformance/event-log.js';
import { InMemoryEventLog } from './in-memory-event-log.js';
import { someOrderEvent } from '#libs/orders/testing';

describeEventLog('in memory', async () => {
  const log = new InMemoryEventLog('orders', 3);
  return {
    log,
    topic: 'orders',
    encode: log.encode,
    makeEvent: (id, version) => someOrderEvent(id, version),
  };
});
