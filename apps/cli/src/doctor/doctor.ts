import type { Kafka } from 'kafkajs';
import { EVENT_TOPICS } from '#libs/contracts';
import type { Settings } from '#libs/platform';
import { type Finding, type Level, makeKafka, worst } from '#libs/kafka';
import { refusalOf } from './broker-kind.js';
import { ClusterInspection } from './cluster-inspection.js';
import { judgeBrokers } from './judge-brokers.js';
import { judgeEnvironment } from './judge-environment.js';
import { judgeFacts, type PromiseVerdict, verdictsOf } from './judgement.js';
import { doctorTopicPrefix, probe, type ProbeReport } from './probe.js';

/** Where Apache Kafka keeps the epochs of transactional ids. */
const TRANSACTION_LOG = '__transaction_state';

export interface Diagnosis {
  readonly clusterId: string;
  readonly level: Level;
  readonly findings: readonly Finding[];
  /** `undefined` where it would prove nothing. */
  readonly probe: ProbeReport | undefined;
  readonly verdicts: readonly PromiseVerdict[];
}

/**
 * Says what a cluster can promise and what not: by what it is, by how it is set up, and by trying it on a topic of its
 * own.
 * @throws LogUnavailableError when no broker answers.
 */
export async function diagnose(settings: Settings, signal?: AbortSignal): Promise<Diagnosis> {
  const kafka = makeKafka(settings);
  const inspection = await ClusterInspection.open(kafka);
  try {
    return await examine(kafka, inspection, settings, signal);
  } finally {
    await inspection.close();
  }
}

async function examine(
  kafka: Kafka,
  inspection: ClusterInspection,
  settings: Settings,
  signal: AbortSignal | undefined,
): Promise<Diagnosis> {
  const { clusterId, brokers } = await inspection.brokers();
  const before = await inspection.topicNames();
  const eventTopics = await Promise.all(EVENT_TOPICS.map((topic) => inspection.topic(topic, before)));
  const refusal = refusalOf({ clusterId, brokers, eventTopics });
  if (refusal) return conclude(clusterId, [refusal, ...judgeBrokers(brokers)], undefined);

  const report = await probe(kafka, settings, signal);
  // Last, because the first claim of all makes it.
  const transactionLog = await inspection.topic(TRANSACTION_LOG, await inspection.topicNames());
  const leftovers = before.filter((topic) => topic.startsWith(doctorTopicPrefix(settings)));
  const plannedReplicas = settings.kafka.replication;
  const facts = { clusterId, brokers, eventTopics, plannedReplicas, transactionLog, leftovers };
  const findings = [...judgeFacts(facts), ...(await judgeEnvironment(settings))];
  return conclude(clusterId, [...findings, ...aboutProbe(report)], report);
}

function aboutProbe({ topic, notDeleted }: ProbeReport): Finding[] {
  if (notDeleted === undefined) return [];
  const is = `could not be deleted: ${notDeleted}`;
  const remedy = 'delete it with kafka-topics.sh --delete';
  return [{ level: 'warn', about: `topic ${topic}`, is, follows: 'it was made for the probe alone', remedy }];
}

function conclude(
  clusterId: string,
  findings: readonly Finding[],
  report: ProbeReport | undefined,
): Diagnosis {
  const verdicts = verdictsOf(findings, report?.checks ?? []);
  const level = worst([...findings, ...verdicts].map((part) => part.level));
  return { clusterId, level, findings, probe: report, verdicts };
}
