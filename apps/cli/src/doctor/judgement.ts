import type { LogPromise } from '#libs/event-store/conformance';
import type { ClusterFacts } from './cluster-facts.js';
import { type Finding, type Level, worst } from '#libs/kafka';
import { judgeBrokers } from './judge-brokers.js';
import { judgeEventTopic, judgeTransactionLog } from './judge-topics.js';
import type { CheckResult } from './probe.js';

/** Judges what a cluster's settings mean for the promises. */
export function judgeFacts(facts: ClusterFacts): Finding[] {
  const { brokers, eventTopics, plannedReplicas, transactionLog, leftovers } = facts;
  return [
    ...judgeBrokers(brokers),
    ...together(eventTopics.flatMap((topic) => judgeEventTopic(topic, plannedReplicas))),
    ...judgeTransactionLog(transactionLog),
    ...leftovers.map(
      (topic): Finding => ({
        level: 'warn',
        about: `topic ${topic}`,
        is: 'was made by a doctor',
        follows: 'another doctor is still running, or was killed',
        remedy: 'delete the topic unless a doctor runs now',
      }),
    ),
  ];
}

/** Merges equal findings about several topics into one. */
function together(findings: readonly Finding[]): Finding[] {
  const byContent = new Map<string, Finding[]>();
  for (const finding of findings) {
    const content = JSON.stringify({ ...finding, about: '' });
    byContent.set(content, [...(byContent.get(content) ?? []), finding]);
  }
  return [...byContent.values()].flatMap((group) => {
    const [first] = group;
    if (!first || group.length === 1) return group;
    const names = group.map(({ about }) => about.replace(/^topic /, ''));
    return { ...first, about: `topics ${names.join(', ')}` };
  });
}

/** Whether this cluster keeps one promise. */
export interface PromiseVerdict {
  readonly promise: LogPromise;
  readonly text: string;
  readonly level: Level;
  readonly says: 'holds' | 'holds, until what the warnings name happens' | 'does not hold' | 'is not proved';
}

const PROMISES: Readonly<Record<LogPromise, string>> = {
  1: 'What was acknowledged is in the log, once, for ever; what was refused is not.',
  2: 'The events of a stream stand in one order, those of one append behind each other.',
  3: 'Once a partition has a new owner, nothing of a former one gets in.',
};

export function verdictsOf(findings: readonly Finding[], checks: readonly CheckResult[]): PromiseVerdict[] {
  return ([1, 2, 3] as const).map((promise) => {
    const own = checks.filter((check) => check.promise === promise);
    const level = worst(findings.filter((finding) => finding.promise === promise).map(({ level }) => level));
    const text = PROMISES[promise];
    if (level === 'fail' || own.some(({ outcome }) => outcome === 'failed')) {
      return { promise, text, level: 'fail', says: 'does not hold' };
    }
    if (own.length === 0 || own.some(({ outcome }) => outcome === 'untried')) {
      return { promise, text, level: 'fail', says: 'is not proved' };
    }
    const says = level === 'ok' ? 'holds' : 'holds, until what the warnings name happens';
    return { promise, text, level, says };
  });
}
