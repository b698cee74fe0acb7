import { Inject, Injectable } from '@nestjs/common';
import { EVENT_TOPICS } from '#libs/contracts';
import { type PartitionRange, RawLog, type WholeRecord } from '#libs/kafka';
import { formatPosition, type Position, type TopicPartition, topicPartitionKey } from '#libs/kernel';
import { ProblemException } from '#libs/platform';
import type { LogPageDocument, LogPageQuery, LogTopicsDocument } from './log-browser.schemas.js';
import { type LogRecordDocument, logRecordDocument } from './log-record.schemas.js';

/** Of one answer, as JSON; its first record may exceed it. */
const MAX_ANSWER_BYTES = 1_000_000;
const FETCH_BYTES = 262_144;

/** Records in a row. */
interface Run {
  readonly items: readonly LogRecordDocument[];
  /** Where to read on. */
  readonly next: number;
}

/** Shows the records of the log as they are, whether they can be read or not. Reads what it shows, and little more. */
@Injectable()
export class LogBrowser {
  constructor(@Inject(RawLog) private readonly log: RawLog) {}

  /** Every event topic. @throws LogUnavailableError, as all methods */
  async topics(): Promise<LogTopicsDocument> {
    const items = EVENT_TOPICS.map(async (topic) => ({
      topic,
      partitions: ((await this.log.ranges(topic)) ?? []).map(({ partition, start, end }) => ({
        partition,
        beginOffset: start,
        endOffset: end,
      })),
    }));
    return { items: await Promise.all(items) };
  }

  /** @throws ProblemException for an unknown partition */
  async page(at: TopicPartition, query: LogPageQuery): Promise<LogPageDocument> {
    const range = await this.#range(at);
    const { start, end } = range;
    const { limit, direction } = query;
    const wanted = query.time === undefined ? query.offset : await this.log.offsetAt(range, query.time);
    const isBackward = (direction ?? (wanted === undefined ? 'backward' : 'forward')) === 'backward';
    const from = Math.min(end, Math.max(start, wanted ?? (isBackward ? end : start)));
    const { first, items, next } = isBackward
      ? await this.#before(range, from, limit)
      : { first: from, ...(await this.#run(at, from, end, limit)) };
    return {
      topic: at.topic,
      partition: at.partition,
      beginOffset: start,
      endOffset: end,
      items: [...items],
      ...(first > start && { olderOffset: first }),
      ...(next < end && { newerOffset: next }),
    };
  }

  /** A whole record. @throws ProblemException if it is not there */
  async record(position: Position): Promise<LogRecordDocument> {
    const { start, end } = await this.#range(position);
    const isThere = position.offset >= start && position.offset < end;
    const found = isThere ? await this.log.records(position, 1) : undefined;
    const record = found?.find(({ offset }) => offset === position.offset);
    if (!record) throw new ProblemException('not-found', `There is no record ${formatPosition(position)}.`);
    return logRecordDocument(position, record, await this.log.decode(position, record), true);
  }

  async #range({ topic, partition }: TopicPartition): Promise<PartitionRange> {
    const ranges = EVENT_TOPICS.includes(topic) ? await this.log.ranges(topic) : undefined;
    const range = ranges?.find((each) => each.partition === partition);
    if (range) return range;
    throw new ProblemException(
      'not-found',
      `There is no partition ${topicPartitionKey({ topic, partition })}.`,
    );
  }

  /**
   * The last records before an offset. Nothing tells how large they are, so where they do not fit into an answer, fewer are
   * tried.
   */
  async #before(range: PartitionRange, to: number, limit: number): Promise<Run & { readonly first: number }> {
    for (let width = limit; ; width = Math.ceil(width / 2)) {
      const first = Math.max(range.start, to - width);
      const run = await this.#run(range, first, to, limit);
      if (run.next >= to || width === 1) return { ...run, first };
    }
  }

  /** Records from one offset up to another, as many as an answer holds. */
  async #run(at: TopicPartition, from: number, to: number, limit: number): Promise<Run> {
    const { topic, partition } = at;
    const items: LogRecordDocument[] = [];
    let left = MAX_ANSWER_BYTES;
    let next = from;
    while (next < to && items.length < limit) {
      const records = (await this.log.records({ topic, partition, offset: next }, FETCH_BYTES)) ?? [];
      // Only offsets without records are left.
      if (records.length === 0) return { items, next: to };
      for (const record of records) {
        if (record.offset >= to) return { items, next: to };
        if (items.length === limit) break;
        const item = await this.#item(at, record);
        left -= JSON.stringify(item).length;
        if (left < 0 && items.length > 0) return { items, next };
        items.push(item);
        next = record.offset + 1;
      }
    }
    return { items, next };
  }

  async #item(at: TopicPartition, record: WholeRecord): Promise<LogRecordDocument> {
    return logRecordDocument(at, record, await this.log.decode(at, record));
  }
}
