import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import {
  type ConformanceCheck,
  ConformanceError,
  EVENT_LOG_CHECKS,
  type LogPromise,
  type LogUnderTest,
} from '#libs/event-store/conformance';
import type { Settings } from '#libs/platform';
import { createTopics, KafkaProtocol, makeEventLog, withAdmin } from '#libs/kafka';
import { missingProbeRight } from './probe-rights.js';
import { newId } from '#libs/kernel';
import { EVENT_CONTRACTS, EventCodec, type EventToEncode } from '#libs/contracts';
import { reasonOf } from './missing-right.js';

export interface CheckResult {
  readonly name: string;
  readonly promise: LogPromise;
  readonly outcome: 'passed' | 'failed' | 'untried';
  readonly ms: number;
  readonly problem?: string;
}

export interface ProbeReport {
  readonly topic: string;
  /** Clients cannot delete it; the brokers expire it. */
  readonly transactionalId: string;
  readonly checks: readonly CheckResult[];
  readonly durations?: Durations;
  /** Why the topic could not be deleted, if so. */
  readonly notDeleted?: string;
}

/** More than one, so that the spread of streams shows; the checks append to the first alone. */
const PARTITIONS = 3;

export const doctorTopicPrefix = ({ kafka }: Settings): string => `${kafka.groupPrefix}-doctor-`;

/** Runs the conformance checks on a temporary topic, created like event topics and always deleted. */
export async function probe(kafka: Kafka, settings: Settings, signal?: AbortSignal): Promise<ProbeReport> {
  const { groupPrefix, replication } = settings.kafka;
  const names = doctorTopicPrefix(settings);
  const topic = `${names}${randomUUID().slice(0, 8)}`;
  const transactionalId = `${groupPrefix}-${topic}-0`;
  const protocol = new KafkaProtocol(settings.kafka);
  const codec = probeCodec();
  const log = makeEventLog(kafka, protocol, codec, settings);
  const encode: LogUnderTest['encode'] = (event) => codec.encode(event);

  const onTopics = `on the cluster, or on topics named ${names}*`;
  const unmade = await failureOf(`CREATE ${onTopics}`, () =>
    createTopics(kafka, [{ topic, partitions: PARTITIONS, replication }]),
  );
  const notMade = unmade && `their topic could not be made with TOPIC_REPLICATION=${replication}: ${unmade}`;
  const obstacle =
    notMade ??
    (await missingProbeRight({ protocol, topic, names, transactionalId, idPrefix: `${groupPrefix}-` }));
  const done = await runChecks({ log, topic, encode, makeEvent: probeEvent }, obstacle, signal);
  await protocol.disconnect().catch(() => undefined);
  // Delete the topic even if creating it failed, because only the answer may have been lost.
  const notDeleted = await failureOf(`DELETE ${onTopics}`, () =>
    withAdmin(kafka.admin({ retry: { retries: 2 } }), (admin) => admin.deleteTopics({ topics: [topic] })),
  );
  return {
    topic,
    transactionalId,
    ...done,
    ...(notMade === undefined && notDeleted !== undefined && { notDeleted }),
  };
}

/** @param given what stands in the way from the beginning */
async function runChecks(
  subject: LogUnderTest,
  given: string | undefined,
  signal: AbortSignal | undefined,
): Promise<Pick<ProbeReport, 'checks' | 'durations'>> {
  const checks: CheckResult[] = [];
  let obstacle = given;
  for (const check of EVENT_LOG_CHECKS) {
    if (signal?.aborted) obstacle ??= 'the doctor was stopped';
    const result = obstacle === undefined ? await runCheck(check, subject) : untried(check, obstacle);
    // Where one could not even be tried, neither could the others, and each would wait for its time-out.
    if (result.outcome === 'untried') obstacle ??= result.problem;
    checks.push(result);
  }
  if (obstacle !== undefined) return { checks };
  const durations = await measure(subject).catch(() => undefined);
  return { checks, ...(durations && { durations }) };
}

async function runCheck(check: ConformanceCheck, subject: LogUnderTest): Promise<CheckResult> {
  const { name, promise } = check;
  const start = performance.now();
  const ms = (): number => Math.round(performance.now() - start);
  try {
    await check.run(subject);
    return { name, promise, outcome: 'passed', ms: ms() };
  } catch (error) {
    const { message } = error as Error;
    if (!(error instanceof ConformanceError)) return untried(check, message, ms());
    return { name, promise, outcome: 'failed', ms: ms(), problem: message };
  }
}

const untried = ({ name, promise }: ConformanceCheck, problem: string, ms = 0): CheckResult => ({
  name,
  promise,
  outcome: 'untried',
  ms,
  problem,
});

const CLAIMS = 5;
const APPENDS = 25;

/** Milliseconds. */
export interface DurationSpread {
  readonly times: number;
  readonly median: number;
  readonly longest: number;
}

interface Durations {
  /** One claim that nobody contests, its reading to the marker included. */
  readonly claimMs: DurationSpread;
  /** One append of one event, one after the other. */
  readonly appendMs: DurationSpread;
}

async function measure({ log, topic, encode, makeEvent }: LogUnderTest): Promise<Durations> {
  const writer = log.appender(topic, 0);
  try {
    const claimMs = await timed(CLAIMS, () => writer.claim());
    const appendMs = await timed(APPENDS, () => writer.append([encode(makeEvent(newId(), 1))]));
    return { claimMs, appendMs };
  } finally {
    await writer.close();
  }
}

async function timed(times: number, step: () => Promise<unknown>): Promise<DurationSpread> {
  const took: number[] = [];
  for (let time = 0; time < times; time++) {
    const start = performance.now();
    await step();
    took.push(performance.now() - start);
  }
  const sorted = took.toSorted((a, b) => a - b);
  return { times, median: rounded(sorted[Math.floor(times / 2)]), longest: rounded(sorted.at(-1)) };
}

const rounded = (ms = 0): number => Math.round(ms * 10) / 10;

/**
 * Encodes real events under private schema ids, because the doctor tests brokers and needs no registry. Nobody else reads
 * the probe's topic.
 */
function probeCodec(): EventCodec {
  const ids = new Map(EVENT_CONTRACTS.map(({ subject }, index) => [subject, index + 1]));
  return new EventCodec({
    idOf: (subject) => ids.get(subject),
    schemaOf: () => Promise.resolve(undefined),
  });
}

const probeEvent = (streamId: string, version: number): EventToEncode => ({
  type: 'order.confirmed',
  data: { orderId: streamId, reason: null, customerId: null, currency: null, total: null },
  metadata: {
    eventId: newId(),
    streamId,
    version,
    occurredAt: new Date().toISOString(),
    correlationId: newId(),
    causationId: null,
    commandId: newId(),
    requestHash: null,
    tenant: 'doctor',
    actor: 'doctor',
    traceparent: null,
  },
});

/** @returns why a step that needs this right has failed, if it has */
async function failureOf(right: string, step: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await step();
    return undefined;
  } catch (error) {
    return reasonOf(error, { cluster: right, topic: right });
  }
}
