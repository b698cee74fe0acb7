import { AppendError, type PartitionAppender } from '../core/log/event-log.js';
import type { EventToEncode } from '#libs/contracts';
import { LogUnavailableError, newId, readUpTo, type RecordedEvent, systemClock } from '#libs/kernel';
import {
  type ConformanceCheck,
  ConformanceError,
  type LogPromise,
  type LogUnderTest,
  must,
} from './conformance-check.js';

/** All checks use one partition: the order and the owners of one have nothing to do with another's. */
export const PARTITION = 0;

export interface Owner {
  readonly writer: PartitionAppender;
  readonly end: number;
}

/** One run of a check. What earlier runs left in the partition stays there, so it looks from its own beginning on. */
export class Trial {
  readonly #appenders: PartitionAppender[] = [];

  constructor(readonly subject: LogUnderTest) {}

  appender(): PartitionAppender {
    const made = this.subject.log.appender(this.subject.topic, PARTITION);
    this.#appenders.push(made);
    return made;
  }

  async owner(): Promise<Owner> {
    const writer = this.appender();
    const { end } = await writer.claim();
    return { writer, end };
  }

  events(count: number): EventToEncode[] {
    const streamId = newId();
    return Array.from({ length: count }, (_, index) => this.subject.makeEvent(streamId, index + 1));
  }

  /** An append by the owner, which must be taken. */
  async append(writer: PartitionAppender, events: readonly EventToEncode[]): Promise<number> {
    try {
      return await this.offer(writer, events);
    } catch (error) {
      if (!(error instanceof AppendError) || error.outcome !== 'fenced') throw error;
      throw new ConformanceError('The owner of the partition was refused as if another had claimed it.', {
        cause: error,
      });
    }
  }

  offer(writer: PartitionAppender, events: readonly EventToEncode[]): Promise<number> {
    return writer.append(events.map((event) => this.subject.encode(event)));
  }

  /** An append that must not be taken. @returns how it was refused. */
  async refusal(
    writer: PartitionAppender,
    events: readonly EventToEncode[],
    who: string,
  ): Promise<AppendError> {
    const outcome = await this.offer(writer, events).then(
      (offset) => ({ offset }),
      (error: unknown) => ({ error }),
    );
    must(!('offset' in outcome), `An append by ${who} was taken.`);
    if (!(outcome.error instanceof AppendError)) throw outcome.error;
    return outcome.error;
  }

  /** An append by somebody whose successor has claimed. */
  async mustBeFenced(writer: PartitionAppender, who: string): Promise<void> {
    const { outcome, message } = await this.refusal(writer, this.events(2), who);
    must(
      outcome === 'fenced',
      `An append by ${who} was not refused for certain ("${outcome}" in place of "fenced": ${message}).`,
    );
  }

  /** Fails if the former owner still confirms its end, which may be out of date. */
  async mustNotBeConfirmed(writer: PartitionAppender, who: string): Promise<void> {
    const refusal = await writer.confirm().then(
      () => undefined,
      (error: Error) => error,
    );
    must(refusal !== undefined, `It was confirmed to ${who} that nobody else has claimed.`);
    if (!(refusal instanceof AppendError)) throw refusal;
  }

  async read(from: number, end: number): Promise<RecordedEvent[]> {
    const { log, topic } = this.subject;
    const position = { topic, partition: PARTITION, offset: from };
    const read: RecordedEvent[] = [];
    try {
      for await (const batch of readUpTo(log, position, end, systemClock)) read.push(...batch);
    } catch (error) {
      if (!(error instanceof LogUnavailableError)) throw error;
      const ends = await log.endOffsets([topic]);
      const last = ends.find(({ partition }) => partition === PARTITION)?.offset ?? 0;
      must(last >= end, `The log ends at ${last}, before acknowledged events up to ${end}.`);
      throw error;
    }
    return read;
  }

  /** The whole truth from an offset on, as a new owner sees it. */
  async truth(from: number): Promise<RecordedEvent[]> {
    const { end } = await this.owner();
    return this.read(from, end);
  }

  /** The log from an offset on must hold these events, in this order, and nothing else. */
  async mustHold(from: number, expected: readonly EventToEncode[]): Promise<void> {
    mustBeSame(await this.truth(from), expected);
  }

  async close(): Promise<void> {
    await Promise.all(this.#appenders.map((appender) => appender.close()));
  }
}

export function mustBeSame(found: readonly RecordedEvent[], expected: readonly EventToEncode[]): void {
  const foundIds = found.map(({ metadata }) => metadata.eventId);
  const expectedIds = expected.map(({ metadata }) => metadata.eventId);
  const missing = expectedIds.filter((id) => !foundIds.includes(id)).length;
  const foreign = foundIds.filter((id) => !expectedIds.includes(id)).length;
  must(missing === 0, `Of ${expected.length} acknowledged events ${missing} are not in the log.`);
  must(foreign === 0, `The log holds events that were refused, or written by nobody: ${foreign}.`);
  must(foundIds.length === expectedIds.length, 'An event that was appended once is in the log twice.');
  must(foundIds.join() === expectedIds.join(), 'The log holds the events in another order.');
}

export const conformanceCheck = (
  promise: LogPromise,
  name: string,
  attempt: (trial: Trial) => Promise<void>,
): ConformanceCheck => ({
  name,
  promise,
  async run(subject) {
    const trial = new Trial(subject);
    try {
      await attempt(trial);
    } finally {
      await trial.close();
    }
  },
});
