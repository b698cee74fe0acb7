import { InMemoryEventLog } from '../testing/in-memory-event-log.js';
import { someMetadata } from '#libs/orders/testing';
import { AppendError, type EventLog, type PartitionAppender } from '../core/log/event-log.js';
import type { EncodedEvent, EventToEncode } from '#libs/contracts';
import { newId, type Position, type RecordedEvent } from '#libs/kernel';
import { ConformanceError, type LogUnderTest } from './conformance-check.js';
import { EVENT_LOG_CHECKS } from './event-log-checks.js';

/** A suite that cannot fail proves nothing: each of these logs has one fault, and must be found out by it. */
const TOPIC = 'probe';

/** The behaviour in which a faulty log differs. */
interface Fault {
  readonly appender?: (sound: PartitionAppender, log: InMemoryEventLog) => Partial<PartitionAppender>;
  readonly log?: (sound: InMemoryEventLog) => Partial<EventLog>;
}

function withFault(fault: Fault): LogUnderTest {
  const sound = new InMemoryEventLog(TOPIC, 3);
  const log: EventLog = {
    partitionCount: () => sound.partitionCount(),
    partitionOf: (streamId, count) => sound.partitionOf(streamId, count),
    fetch: (from) => sound.fetch(from),
    startOffsets: () => sound.startOffsets(),
    endOffsets: () => sound.endOffsets(),
    offsetsForTime: (topics, timestampMs) => sound.offsetsForTime(topics, timestampMs),
    hasGaps: (at) => sound.hasGaps(at),
    appender: (topic, partition) => {
      const appender = sound.appender(topic, partition);
      return { ...appender, ...fault.appender?.(appender, sound) };
    },
    ...fault.log?.(sound),
  };
  return { log, topic: TOPIC, encode: sound.encode, makeEvent: someEvent };
}

const someEvent = (streamId: string, version: number): EventToEncode => ({
  type: 'probe.made',
  data: { version },
  metadata: someMetadata({ streamId, version }),
});

const asEvents = (encoded: readonly EncodedEvent[]): EventToEncode[] =>
  encoded.map(({ value }) => JSON.parse(value.toString()) as EventToEncode);

const readWith = (change: (events: readonly RecordedEvent[]) => readonly RecordedEvent[]): Fault => ({
  log: (sound) => ({
    fetch: async (from) => {
      const batch = await sound.fetch(from);
      return { ...batch, events: change(batch.events) };
    },
  }),
});

/** An append that is refused, but for what `leave` does all the same. */
const refusedWith =
  (leave: (log: InMemoryEventLog, encoded: readonly EncodedEvent[]) => void) =>
  (sound: PartitionAppender, log: InMemoryEventLog): Partial<PartitionAppender> => ({
    append: (encoded) =>
      sound.append(encoded).catch((error: unknown) => {
        leave(log, encoded);
        throw error;
      }),
  });

/** An epoch without a marker: the broker learns of the new owner only from its first append. */
function claimWithoutMarker(sound: PartitionAppender, log: InMemoryEventLog): Partial<PartitionAppender> {
  let claimed = false;
  let known = false;
  return {
    claim: async () => {
      claimed = true;
      known = false;
      return { end: log.events(0).length };
    },
    confirm: async () => undefined,
    append: async (encoded) => {
      if (claimed && !known) await sound.claim();
      known = true;
      return sound.append(encoded);
    },
  };
}

const endsMoved = (log: InMemoryEventLog, by: number) => async (): Promise<Position[]> =>
  (await log.endOffsets()).map((end) => ({ ...end, offset: end.offset + by }));

const FAULTS: Record<string, Fault> = {
  'takes the appends of former owners': {
    appender: (sound, log) => ({
      append: (encoded) =>
        sound.append(encoded).catch(() => {
          log.write(0, ...asEvents(encoded));
          return log.events(0).length - encoded.length;
        }),
    }),
  },
  'confirms former owners': { appender: () => ({ confirm: () => Promise.resolve() }) },
  'fences by the first append, not by the claim': { appender: claimWithoutMarker },
  'writes what it refuses': {
    appender: refusedWith((log, encoded) => log.write(0, ...asEvents(encoded))),
  },
  'writes a part of what it refuses': {
    appender: refusedWith((log, encoded) => log.write(0, ...asEvents(encoded).slice(0, 1))),
  },
  "does not know what became of a former owner's append": {
    appender: (sound) => ({
      append: (encoded) =>
        sound.append(encoded).catch(() => {
          throw new AppendError('unknown', 'time-out');
        }),
    }),
  },
  'acknowledges a group without its last event': {
    appender: (sound) => ({ append: (encoded) => sound.append(encoded.slice(0, -1)) }),
  },
  'writes each event twice': {
    appender: (sound) => ({ append: (encoded) => sound.append(encoded.flatMap((event) => [event, event])) }),
  },
  'lets others write into a group': {
    appender: (sound, log) => ({
      append: async ([first, ...rest]) => {
        const base = await sound.append(first ? [first] : []);
        log.write(0, someEvent(newId(), 1));
        await sound.append(rest);
        return base;
      },
    }),
  },
  'leaves a gap behind each group': {
    appender: (sound, log) => ({
      append: async (encoded) => {
        const base = await sound.append(encoded);
        log.write(0, someEvent(newId(), 1));
        return base;
      },
    }),
  },
  'claims at an end that is an old one': {
    appender: (sound) => ({ claim: async () => ({ end: Math.max(0, (await sound.claim()).end - 1) }) }),
  },
  'has claims that are old from the beginning': { appender: () => ({ renewalDue: true }) },
  'turns the order round': readWith((events) => events.toReversed()),
  'changes what was written': readWith((events) => events.map((event) => ({ ...event, data: {} }))),
  'gives the wrong place': readWith((events) =>
    events.map((event) => ({ ...event, position: { ...event.position, partition: 1 } })),
  ),
  'reads from before the offset': {
    log: (sound) => ({
      fetch: ({ offset, ...at }) => sound.fetch({ ...at, offset: Math.max(0, offset - 1) }),
    }),
  },
  'continues at the wrong offset': {
    log: (sound) => ({
      fetch: async (from) => {
        const batch = await sound.fetch(from);
        return { ...batch, next: batch.next + 1 };
      },
    }),
  },
  'reports an end before its last event': { log: (sound) => ({ endOffsets: endsMoved(sound, -1) }) },
  'reports a start behind its events': { log: (sound) => ({ startOffsets: endsMoved(sound, 0) }) },
  'finds no event since the epoch': { log: (sound) => ({ offsetsForTime: endsMoved(sound, 0) }) },
  'puts everything into one partition': { log: () => ({ partitionOf: () => 0 }) },
};

/** Every problem that the checks find. */
async function problems(subject: LogUnderTest): Promise<string[]> {
  const found: string[] = [];
  for (const check of EVENT_LOG_CHECKS) {
    await check.run(subject).catch((error: unknown) => {
      if (!(error instanceof ConformanceError)) throw error;
      found.push(error.message);
    });
  }
  return found;
}

describe('the conformance checks', () => {
  it('find nothing wrong with a sound log', async () => expect(await problems(withFault({}))).toEqual([]));

  it.each(Object.entries(FAULTS))('find out a log that %s', async (_name, fault) => {
    const found = await problems(withFault(fault));
    expect(found).not.toEqual([]);
    for (const problem of found) expect(problem).toMatch(/^[A-Z].+\.$/);
  });

  it('have a name each, which reports tell them apart by', () => {
    const names = EVENT_LOG_CHECKS.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });
});
