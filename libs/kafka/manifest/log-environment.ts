import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Counter, Gauge } from 'prom-client';
import { EVENT_TOPICS, type EventDecodingError } from '#libs/contracts';
import {
  formatPosition,
  LogUnavailableError,
  type Position,
  SharedQuestion,
  TopicStoppedError,
} from '#libs/kernel';
import type { KafkaProtocol } from '../protocol/kafka-protocol.js';
import type { RegistryClient } from '../registry/registry-client.js';
import {
  type Difference,
  lossOf,
  missingFrom,
  type PresentTopic,
  schemaDifferences,
  topicDifferences,
} from './differences.js';
import { type AgreedTopic, EMPTY_MANIFEST, type LogManifest } from './log-manifest.js';
import { compareMemory, type LogMemory, recollect } from './log-memory.js';
import { readManifest } from './manifest-topic.js';
import { outdatedBy } from './version-level.js';
import { sampleStreams } from './layout.js';

const CHECK_MS = 60_000;
const CHECK_AGAIN_MS = 5_000;
/** Minimum time between checks; requests made sooner are covered by the last one. */
const RECHECK_MS = 1_000;
/** Bytes sampled once per partition, enough to verify its layout. */
const SAMPLE_BYTES = 16_384;
/** An obstacle not met for this long counts as resolved. */
const OBSTACLE_MS = 60_000;
/** Limit on remembered obstacles and their log lines. */
const MOST_OBSTACLES = 200;

const differing = new Gauge({
  name: 'orderstream_log_differences',
  help: 'Differences between the environment of the log and the manifest written at deployment.',
  labelNames: ['level'],
  aggregator: 'max',
});
const waitedAt = new Gauge({
  name: 'orderstream_log_obstacles',
  help: 'Unreadable or missing records that block a reader of this process.',
});
const foreignRecords = new Counter({
  name: 'orderstream_log_foreign_records_total',
  help: 'Foreign records that readers of this process skipped.',
  labelNames: ['topic', 'partition'],
});

/** The log's view of its manifest and topics. */
export interface LogAgreement {
  /**
   * Returns the topic's recorded facts; `undefined` if there are none.
   * @throws TopicStoppedError while the topic waits for an operator, LogUnavailableError while its state is unknown
   */
  topic(topic: string): Promise<AgreedTopic | undefined>;
  /** Reads the newest manifest, for a reader that is blocked. @throws LogUnavailableError */
  refreshed(): Promise<LogManifest>;
  /** Checks the topics now, because a caller has met a contradiction. @throws LogUnavailableError */
  recheck(): Promise<void>;
  readonly manifest: LogManifest | undefined;
  /** Whether the partition waits for an operator rather than for a server. */
  isObstructed(topic: string, partition: number): boolean;
  passedOver(foreign: readonly Position[]): void;
  met(obstacle: EventDecodingError): void;
}

/** A newer version was deployed, and this one must not run beside it. */
class OutdatedVersionError extends Error {
  override readonly name = 'OutdatedVersionError';
}

interface Obstacle {
  readonly position: Position;
  readonly message: string;
  readonly at: number;
}

/** Compares the manifest with the actual topics and schemas, at the start and once a minute. */
export class LogEnvironment implements LogAgreement {
  readonly #logger = new Logger('Log');
  readonly #obstacles = new Map<string, Obstacle>();
  readonly #foreign = new Set<string>();
  readonly #stop = new AbortController();
  #manifest: LogManifest | undefined;
  readonly #read: SharedQuestion<LogManifest>;
  readonly #comparison = new SharedQuestion(() => this.#compareTopics());
  #whole: LogManifest | undefined;
  #checked: Promise<void> | undefined;
  #checkedAt = 0;
  #byTopic: ReadonlyMap<string, readonly Difference[]> = new Map();
  #topics: readonly Difference[] = [];
  #schemas: readonly Difference[] = [];
  #loss: readonly Difference[] = [];
  /** The log is older than the database. All topics wait. */
  #regress: readonly Difference[] = [];
  /** `undefined` once it was compared: a log is restored while nothing runs. */
  #memory: LogMemory | undefined;
  /** Topics for which Kafka has not answered the comparison with it. */
  #uncompared: ReadonlyMap<string, Error> = new Map();
  /** Topics sampled once per topic id, because earlier parts of the log do not change. */
  readonly #samples = new Map<string, PresentTopic>();

  constructor(
    private readonly protocol: KafkaProtocol,
    private readonly registry: Pick<RegistryClient, 'schemas'>,
  ) {
    this.#read = new SharedQuestion(() => readManifest(protocol));
  }

  /** Nothing is read or appended before the log was compared with what the database remembers of it. */
  remember(memory: LogMemory): void {
    this.#memory = memory;
    this.#checked = undefined;
  }

  get manifest(): LogManifest | undefined {
    return this.#manifest;
  }

  get differences(): readonly Difference[] {
    return [...this.#regress, ...this.#loss, ...this.#topics, ...this.#schemas];
  }

  /** For operators. A notice concerns single streams or readers. */
  get notices(): readonly string[] {
    return [...this.differences.map(({ about, is }) => `${about}: ${is}`), ...this.obstacles];
  }

  get obstacles(): readonly string[] {
    return this.#currentObstacles().map(({ message }) => message);
  }

  /** Whether the topic is unusable until an operator decides. */
  isStopped(topic: string): boolean {
    return this.#stoppedBy(topic) !== undefined;
  }

  #stoppedBy(topic: string): Difference | undefined {
    return this.#regress[0] ?? this.#topics.find(({ stops }) => stops === topic);
  }

  isObstructed(topic: string, partition: number): boolean {
    if (this.isStopped(topic)) return true;
    return this.#currentObstacles().some(
      ({ position }) => position.topic === topic && position.partition === partition,
    );
  }

  async topic(topic: string): Promise<AgreedTopic | undefined> {
    const manifest = this.#manifest ?? (await this.refreshed());
    if (!EVENT_TOPICS.includes(topic)) return manifest.topics.get(topic);
    if (this.#whole !== manifest) await this.#mustBeWhole(manifest);
    // Check before the first use, because the topic may have been replaced.
    await (this.#checked ??= this.checkTopics().catch(() => undefined));
    if (!this.#isJudged(topic)) await this.checkTopics().catch(() => undefined);
    const stopped = this.#stoppedBy(topic);
    if (!stopped) return this.#judged(topic, manifest);
    // An operator may have decided since.
    if (performance.now() - this.#checkedAt > CHECK_AGAIN_MS) this.#checked = undefined;
    throw new TopicStoppedError(`${stopped.about}: ${stopped.is}`);
  }

  #isJudged(topic: string): boolean {
    return this.#byTopic.has(topic) && !this.#uncompared.has(topic);
  }

  /** A check that failed has found nothing: it is repeated until Kafka has answered for the topic. @throws LogUnavailableError */
  #judged(topic: string, manifest: LogManifest): AgreedTopic | undefined {
    if (this.#isJudged(topic)) return manifest.topics.get(topic);
    const cause = this.#uncompared.get(topic);
    throw new LogUnavailableError(`Kafka has not answered yet whether ${topic} is as it was`, { cause });
  }

  /**
   * @throws OutdatedVersionError if a version was deployed that this one must not run beside. An answer that takes long is not
   * waited for: then nothing is read or appended either
   */
  async mustBeCurrent(patienceMs: number): Promise<void> {
    const found = this.refreshed().catch(() => undefined);
    const manifest = await Promise.race([found, sleep(patienceMs, undefined, { ref: false })]);
    const reason = outdatedBy(manifest?.version);
    if (reason !== undefined) throw new OutdatedVersionError(reason);
  }

  async #mustBeWhole(manifest: LogManifest): Promise<void> {
    const missing = missingFrom(manifest);
    if (missing === undefined) {
      this.#whole = manifest;
      return;
    }
    await this.refreshed();
    throw new LogUnavailableError(missing);
  }

  /** Always reads anew, because an operator may just have decided. */
  async refreshed(): Promise<LogManifest> {
    const found = await this.#read.answer();
    // Entries are never removed, so missing ones were lost and still apply.
    this.#loss = this.#told(this.#loss, this.#manifest ? lossOf(this.#manifest, found) : []);
    this.#manifest = this.#manifest && this.#loss.length > 0 ? this.#manifest.followedBy(found) : found;
    return this.#manifest;
  }

  passedOver(foreign: readonly Position[]): void {
    for (const position of foreign) {
      const { topic, partition } = position;
      foreignRecords.inc({ topic, partition });
      const place = formatPosition(position);
      if (this.#foreign.has(place) || this.#foreign.size >= MOST_TOLD) continue;
      this.#foreign.add(place);
      this.#logger.warn(`${place} was appended by somebody else and is skipped, because it is not an event`);
    }
  }

  met({ position, message: problem, fault }: EventDecodingError): void {
    const place = formatPosition(position);
    const known = this.#obstacles.get(place);
    // Readers may start anywhere, so missing records can block them at any number of positions.
    if (!known && this.#obstacles.size >= MOST_OBSTACLES) return;
    // A difference already names the command for missing records.
    const remedy = fault === 'gone' ? '' : `; to skip it for good, run "orderstream log accept ${place}"`;
    const message = `${problem}${remedy}`;
    if (!known) this.#logger.error(`${message}. Readers that reach it wait there`);
    this.#obstacles.set(place, { position, message, at: performance.now() });
    waitedAt.set(this.obstacles.length);
  }

  /** @throws OutdatedVersionError, which ends the process: a writer goes on without asking whether it still may */
  async watch(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const done = await this.check().then(
        () => true,
        () => false,
      );
      const reason = outdatedBy(this.#manifest?.version);
      if (reason !== undefined) throw new OutdatedVersionError(reason);
      const isJudged = done && this.#memory === undefined;
      await sleep(isJudged ? CHECK_MS : CHECK_AGAIN_MS, undefined, { signal, ref: false }).catch(
        () => undefined,
      );
    }
  }

  stop(): void {
    this.#stop.abort();
  }

  /** @throws any error of Kafka; an unavailable registry is ignored */
  async check(): Promise<void> {
    await this.checkTopics();
    const manifest = await this.refreshed();
    const present = await this.registry.schemas(manifest.schemas.keys()).catch(() => undefined);
    if (present) this.#schemas = this.#told(this.#schemas, schemaDifferences(manifest, present));
    this.#count();
  }

  async recheck(): Promise<void> {
    // Many callers may request a check at once and repeatedly.
    if (performance.now() - this.#checkedAt < RECHECK_MS) return;
    await this.checkTopics();
  }

  /** @throws LogUnavailableError */
  checkTopics(): Promise<void> {
    return this.#comparison.answer();
  }

  async #compareTopics(): Promise<void> {
    const manifest = await this.refreshed();
    const looks = await Promise.allSettled(
      [...manifest.topics].map(async ([topic, agreed]) => {
        const present = await this.#presentWithSample(topic, agreed);
        return [topic, topicDifferences(manifest, [present])] as const;
      }),
    );
    const seen = looks.flatMap((look) => (look.status === 'fulfilled' ? [look.value] : []));
    // Topics that do not answer are judged by their last answer.
    this.#byTopic = new Map([...this.#byTopic, ...seen]);
    this.#topics = this.#told(this.#topics, [...this.#byTopic.values()].flat());
    await this.#compareMemory();
    this.#checkedAt = performance.now();
    this.#count();
    for (const look of looks) if (look.status === 'rejected') throw look.reason;
    for (const error of this.#uncompared.values()) throw error;
  }

  /**
   * A database that does not answer is asked again soon, and nothing waits for it: without it, commands are carried out by the
   * log alone, as in any outage of it, and nothing can be saved in it either. Topics wait for Kafka's answer.
   */
  async #compareMemory(): Promise<void> {
    if (!this.#memory) return;
    const isCompared = (topic: string): boolean => !this.#topics.some(({ stops }) => stops === topic);
    const recollection = await recollect(this.#memory).catch(() => undefined);
    if (!recollection) return;
    const { differences, unanswered } = await compareMemory(this.protocol, recollection, isCompared);
    this.#uncompared = unanswered;
    // What Kafka does not answer now does not take back what it answered before.
    if (unanswered.size === 0 || differences.length > 0)
      this.#regress = this.#told(this.#regress, differences);
    if (unanswered.size === 0 && differences.length === 0) this.#memory = undefined;
  }

  async #presentWithSample(topic: string, agreed: AgreedTopic): Promise<PresentTopic> {
    const present = await presentTopic(this.protocol, topic);
    const known = this.#samples.get(topic);
    if (known?.topicId === present.topicId && (known.sample?.length ?? 0) > 0)
      return { ...present, sample: known.sample };
    // A replaced topic is not sampled.
    if (present.topicId !== agreed.topicId) return present;
    const sampled = { ...present, sample: await sampleStreams(this.protocol, present, SAMPLE_BYTES) };
    this.#samples.set(topic, sampled);
    return sampled;
  }

  #told(before: readonly Difference[], now: readonly Difference[]): readonly Difference[] {
    const known = new Set(before.map((each) => JSON.stringify(each)));
    for (const difference of now) {
      if (known.has(JSON.stringify(difference))) continue;
      const { level, about, is, follows } = difference;
      const text = `${about}: ${is}; ${follows}`;
      if (level === 'fail') this.#logger.error(text);
      else this.#logger.warn(text);
    }
    if (before.length > 0 && now.length === 0) this.#logger.log('the log matches its manifest again');
    return now;
  }

  #isAccepted(position: Position): boolean {
    const { topic, partition, offset } = position;
    const manifest = this.#manifest;
    return (
      manifest !== undefined && (manifest.isPassed(position) || offset < manifest.beginOf(topic, partition))
    );
  }

  #currentObstacles(): Obstacle[] {
    const since = performance.now() - OBSTACLE_MS;
    for (const [place, { at }] of this.#obstacles) if (at < since) this.#obstacles.delete(place);
    return [...this.#obstacles.values()].filter(({ position }) => !this.#isAccepted(position));
  }

  #count(): void {
    waitedAt.set(this.obstacles.length);
    for (const level of ['warn', 'fail'] as const)
      differing.set({ level }, this.differences.filter((each) => each.level === level).length);
  }
}

/** Limit on log lines about foreign records. */
const MOST_TOLD = 1_000;

/** Describes a topic; a missing one has no partitions. @throws LogUnavailableError */
export async function presentTopics(
  protocol: KafkaProtocol,
  topics: readonly string[],
): Promise<PresentTopic[]> {
  return Promise.all(topics.map((topic) => presentTopic(protocol, topic)));
}

async function presentTopic(protocol: KafkaProtocol, topic: string): Promise<PresentTopic> {
  try {
    const topicId = await protocol.topicId(topic);
    const begins: number[] = [];
    for (const { partition, offset } of await protocol.startOffsets(topic)) begins[partition] = offset;
    return { topic, topicId, partitions: begins.length, begins };
  } catch (error) {
    const { type, message } = error as { type?: string; message: string };
    if (type === 'UNKNOWN_TOPIC_OR_PARTITION') return { topic, topicId: 'none', partitions: 0, begins: [] };
    throw new LogUnavailableError(`Kafka: ${message}`, { cause: error });
  }
}

/** For tests and probes, which have no manifest and trust the brokers. */
export const NO_AGREEMENT: LogAgreement = {
  manifest: undefined,
  topic: async () => undefined,
  refreshed: async () => EMPTY_MANIFEST,
  recheck: async () => undefined,
  isObstructed: () => false,
  passedOver: () => undefined,
  met: () => undefined,
};
