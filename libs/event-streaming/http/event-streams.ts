import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationShutdown,
} from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { TENANT_EVENT_TOPICS, EventCodec } from '#libs/contracts';
import type { EventReader, ReaderInterest } from '../core/event-reader.js';
import { EventReaders, type TailWatch } from '../core/event-readers.js';
import { KAFKA_CLIENT, LogEnvironment } from '#libs/kafka';
import {
  LogUnavailableError,
  type Position,
  SharedQuestion,
  type SizedEvent,
  SpareTime,
  systemClock,
  TenantShareError,
  TenantShares,
  unlessAborted,
} from '#libs/kernel';
import { ProblemException, SETTINGS, type Settings, shareProblem, TenantQuotas } from '#libs/platform';
import { observeStreamLags, type ReaderKind, readersNow } from './event-stream.metrics.js';
import { KafkaStreamedLog } from './kafka-streamed-log.js';
import { ReaderConnection } from './reader-connection.js';
import { readerStartPositions, type RequestedStart } from './start-positions.js';

const POLL_MS = 50;
const RECENT_EVENTS = 5_000;
const LINGER_MS = 30_000;
const PATIENCE_MS = 1_000;
/** Concurrent reads of history. A tenant alone may use half of them. */
const HISTORY_READS = 8;
/** Slots become free only when other readers end. */
const RETRY_AFTER_SECONDS = 5;

export interface OpenReader {
  readonly reader: EventReader;
  /** Releases the reader and its slot. Idempotent. */
  readonly close: () => void;
}

/** The HTTP readers of events in this process. */
@Injectable()
export class EventStreams implements BeforeApplicationShutdown, OnApplicationShutdown {
  /** For decoding history and writing events: many readers of history must not keep others waiting. */
  readonly spareTime = new SpareTime(systemClock);
  /** Aborts at shutdown, when open streams must end. */
  readonly stop: AbortSignal;
  readonly #stop = new AbortController();
  readonly #connection: ReaderConnection;
  readonly #log: KafkaStreamedLog;
  readonly #ends: SharedQuestion<readonly Position[]>;
  readonly #readers: EventReaders;
  readonly #slots: TenantShares;

  constructor(
    @Inject(KAFKA_CLIENT) kafka: Kafka,
    codec: EventCodec,
    @Inject(SETTINGS) settings: Settings,
    environment: LogEnvironment,
    private readonly quotas: TenantQuotas,
  ) {
    const { eventStream } = settings;
    this.stop = this.#stop.signal;
    this.#connection = ReaderConnection.to(kafka, codec, settings, environment);
    this.#log = new KafkaStreamedLog(this.#connection, this.spareTime);
    this.#ends = new SharedQuestion(() => this.#log.endOffsets(TENANT_EVENT_TOPICS));
    this.#slots = new TenantShares(eventStream.maxReaders, (tenant) => quotas.of(tenant).eventStreams);
    this.#readers = new EventReaders(
      this.#log,
      TENANT_EVENT_TOPICS,
      { clock: systemClock, random: Math.random },
      {
        pollMs: POLL_MS,
        recentEvents: RECENT_EVENTS,
        recentBytes: eventStream.memoryBytes,
        patienceMs: PATIENCE_MS,
        lingerMs: LINGER_MS,
        historyReads: HISTORY_READS,
      },
      { fetch: (from) => this.#log.fetchHistory(from) },
    );
    observeStreamLags(() => this.#readers.lags);
  }

  /** Runs before the server closes, which waits for running answers. */
  beforeApplicationShutdown(): void {
    this.#stop.abort();
    this.#readers.stop();
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#connection.close();
  }

  /**
   * @param stop ends the wait for the log
   * @throws ProblemException if no reader can be opened
   */
  async open(
    kind: ReaderKind,
    interest: ReaderInterest,
    wanted: RequestedStart,
    stop: AbortSignal = this.stop,
  ): Promise<OpenReader> {
    if (this.stop.aborted) throw unavailable('This process is stopping.');
    const giveBack = this.#acquireSlot(interest.tenant);
    const opening = this.#open(interest, wanted);
    try {
      const reader = await unlessAborted(opening, stop);
      if (!reader) throw new LogUnavailableError('the log has not answered in time');
      readersNow.inc({ kind });
      let isOpen = true;
      return {
        reader,
        close: () => {
          if (!isOpen) return;
          isOpen = false;
          this.#readers.close(reader);
          readersNow.dec({ kind });
          // Whoever gives up and asks again must not pile up reads of a log that is slow.
          void reader.idle.then(giveBack);
        },
      };
    } catch (error) {
      void opening.then((late) => this.#readers.close(late)).then(giveBack, giveBack);
      throw orUnavailable(error);
    }
  }

  /**
   * Hands over the new events of all tenants, which only operators may see.
   * @param tenant the operator's, in whose share it counts
   * @throws ProblemException if there is no room, or the log does not answer
   */
  async watch(
    tenant: string,
    take: (events: readonly SizedEvent[]) => void,
    over: () => void,
  ): Promise<TailWatch> {
    if (this.stop.aborted) throw unavailable('This process is stopping.');
    const giveBack = this.#acquireSlot(tenant);
    try {
      const watch = await this.#readers.watch(take, over);
      readersNow.inc({ kind: 'tail' });
      let isOpen = true;
      return {
        get isOver() {
          return watch.isOver;
        },
        close: () => {
          if (!isOpen) return;
          isOpen = false;
          watch.close();
          readersNow.dec({ kind: 'tail' });
          giveBack();
        },
      };
    } catch (error) {
      giveBack();
      throw orUnavailable(error);
    }
  }

  #acquireSlot(tenant: string): () => void {
    try {
      return this.#slots.acquire(tenant);
    } catch (error) {
      if (!(error instanceof TenantShareError)) throw error;
      throw this.#refusal(tenant, error);
    }
  }

  #refusal(tenant: string, { refusal }: TenantShareError): ProblemException {
    const { eventStreams } = this.quotas.of(tenant);
    if (this.#slots.heldBy(tenant) < eventStreams)
      return shareProblem(refusal, 'event streams and long polls', RETRY_AFTER_SECONDS);
    const detail = `Your tenant may have ${eventStreams} event streams and long polls open at once in a process.`;
    return new ProblemException('tenant-share-exceeded', detail, { retryAfterSeconds: RETRY_AFTER_SECONDS });
  }

  async #open(interest: ReaderInterest, wanted: RequestedStart): Promise<EventReader> {
    const { tenant } = interest;
    const start = await readerStartPositions(wanted, {
      knownEnds: () => this.#readers.knownEnds(),
      endOffsets: () => this.#ends.answer(),
      startOffsets: (topics) => this.#readers.ask(tenant, () => this.#log.startOffsets(topics)),
      offsetsForTime: (topics, timestampMs) =>
        this.#readers.ask(tenant, () => this.#log.offsetsForTime(topics, timestampMs)),
    });
    return this.#readers.open(interest, start);
  }
}

const unavailable = (detail: string, cause?: unknown): ProblemException =>
  new ProblemException('unavailable', detail, { cause });

/** Turns an outage of the log into a problem; other errors pass through. */
export const orUnavailable = (error: unknown): unknown =>
  error instanceof LogUnavailableError ? unavailable('The event log does not answer now.', error) : error;

/** Waits for an answer from the log, whose outage is a problem. */
export async function fromLog<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    throw orUnavailable(error);
  }
}

/** The problem to answer when a reader stops at an unreadable record. Readers never skip one. */
export function obstacleProblem(reader: EventReader): ProblemException | undefined {
  const { obstacle } = reader;
  if (!obstacle) return undefined;
  if (obstacle.isGone)
    return new ProblemException('events-gone', `Events from ${obstacle.position} on are gone.`, {
      cause: new Error(obstacle.reason),
    });
  return new ProblemException('internal-error', `The event at ${obstacle.position} cannot be read.`, {
    cause: new Error(obstacle.reason),
  });
}
