import { describeEventLog } from '#libs/event-store/conformance/jest';
import { counterEvent } from '../counter.fixture.js';
import { InMemoryEventLog } from './in-memory-event-log.js';

describeEventLog('in memory', async () => {
  const log = new InMemoryEventLog('counters', 3);
  return { log, topic: 'counters', encode: log.encode, makeEvent: counterEvent };
});
