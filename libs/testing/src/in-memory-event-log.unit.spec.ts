import { describeEventLog } from '#libs/event-store/conformance/jest';
import { InMemoryEventLog } from './in-memory-event-log.js';
import { someOrderEvent } from './order-events.js';

describeEventLog('in memory', async () => {
  const log = new InMemoryEventLog('orders', 3);
  return {
    log,
    topic: 'orders',
    encode: log.encode,
    makeEvent: (id, version) => someOrderEvent(id, version),
  };
});
