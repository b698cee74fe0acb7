import { TENANT_EVENT_TOPICS } from '#libs/contracts';
import { Injectable } from '@nestjs/common';
import { KafkaEventLog, TopicOffsets } from '#libs/kafka';
import {
  LogUnavailableError,
  parsePosition,
  type Position,
  readUpTo,
  SharedQuestion,
  systemClock,
  topicPartitionKey,
} from '#libs/kernel';
import { invalidRequest, ProblemException } from '#libs/platform';
import { type PositionVector, positionVector } from '#libs/webhooks';
import { type LogPlace } from '#libs/webhooks/http';

/** Turns places in the log, as clients name them, into offsets. Every failure is a problem document. */
@Injectable()
export class EventPositions {
  readonly #ends: SharedQuestion<readonly Position[]>;

  constructor(
    private readonly log: KafkaEventLog,
    private readonly offsets: TopicOffsets,
  ) {
    this.#ends = new SharedQuestion(() => offsets.endOffsets(TENANT_EVENT_TOPICS));
  }

  /** The ends of all partitions. Every event acknowledged from now on comes after them. */
  async ends(): Promise<PositionVector> {
    return positionVector(await orLogUnavailable(this.#ends.answer()));
  }

  /** The first offset of each partition that no longer begins at 0. */
  async begins(): Promise<PositionVector> {
    const starts = await orLogUnavailable(this.offsets.startOffsets(TENANT_EVENT_TOPICS));
    return positionVector(starts.filter(({ offset }) => offset > 0));
  }

  /**
   * @param ends the current ends
   * @param field names the part of the request in problems
   */
  async startOf(place: LogPlace, ends: PositionVector, field = 'startFrom'): Promise<PositionVector> {
    if (place === 'now') return ends;
    if (place === 'beginning') return this.begins();
    if ('positions' in place) {
      const within = { begins: await this.begins(), ends };
      return { ...ends, ...namedPositions(place.positions, within, field) };
    }
    const time = Math.min(place.time, Date.now());
    return positionVector(await orLogUnavailable(this.offsets.offsetsForTime(TENANT_EVENT_TOPICS, time)));
  }

  /** @throws if the position holds no event. */
  async eventIdAt(position: Position): Promise<string> {
    return orLogUnavailable(this.#eventIdAt(position));
  }

  async #eventIdAt(position: Position): Promise<string> {
    for await (const [event] of readUpTo(this.log, position, position.offset + 1, systemClock)) {
      if (event) return event.metadata.eventId;
    }
    throw new Error('there is no event where one was appended');
  }
}

function namedPositions(
  texts: readonly string[],
  { begins, ends }: { readonly begins: PositionVector; readonly ends: PositionVector },
  field: string,
): PositionVector {
  const named: Record<string, number> = {};
  const issues = texts.flatMap((text, index) => {
    const position = parsePosition(text);
    const key = position && topicPartitionKey(position);
    const end = key === undefined ? undefined : ends[key];
    const refuse = (message: string) => [{ path: [field, 'positions', index], message }];
    if (!position || key === undefined) return refuse('must be a position such as orders/3@17');
    if (end === undefined) return refuse('there is no such partition in an event topic');
    if (position.offset > end) return refuse(`the partition ends at ${end}`);
    const begin = begins[key] ?? 0;
    if (position.offset < begin) return refuse(`the partition begins at ${begin}: earlier events are gone`);
    if (Object.hasOwn(named, key)) return refuse('the partition is named twice');
    named[key] = position.offset;
    return [];
  });
  if (issues.length > 0) throw invalidRequest(issues);
  return named;
}

export async function orLogUnavailable<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (cause) {
    if (!(cause instanceof LogUnavailableError)) throw cause;
    throw new ProblemException('unavailable', 'The event log is not available.', { cause });
  }
}
