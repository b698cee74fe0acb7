import { describeEventLog } from '#libs/event-store/conformance';
import { InMemoryEventLog } from './in-memory-event-log.js';
import { counterEvent } from '../counter.fixture.js';

describeEventLog('in memory', async () => {
  const log = new InMemoryEventLog('counters', 3);
  return { log, topic: 'counters', encode: log.encode, makeEvent: counterEvent };
});

it('refuses a former owner for certain', async () => {
  const log = new InMemoryEventLog('counters', 1);
  const former = log.appender('counters', 0);
  await former.claim();
  await log.appender('counters', 0).claim();
  await expect(former.append([log.encode(counterEvent('s', 1))])).rejects.toMatchObject({
    outcome: 'fenced',
  });
  expect(log.events(0)).toEqual([]);
});
