import { type ClusterFacts, isUnknown, PRODUCER_EXPIRATION } from './cluster-facts.js';
import type { Finding } from '#libs/kafka';

const REDPANDA = 'redpanda.';

type Facts = Pick<ClusterFacts, 'clusterId' | 'brokers' | 'eventTopics'>;

/**
 * Why appends can't be fenced by these brokers, whatever a probe of some seconds may show; `undefined` where nothing
 * speaks against it. Others than Apache Kafka speak its protocol, and answer idempotent appends in ways of their own.
 */
export function refusalOf(facts: Facts): Finding | undefined {
  if (isRedpanda(facts)) {
    return {
      ...NO_FENCE,
      is: 'they are of Redpanda',
      follows:
        'Redpanda does not compare the epoch of an idempotent append with the newest one, so a former owner of a partition ' +
        'could go on writing to it. Nothing was probed',
      remedy: 'use Apache Kafka 3.4 or newer',
    };
  }
  for (const { id, settings } of facts.brokers) {
    if (isUnknown(settings)) {
      return {
        level: 'fail',
        about: 'brokers',
        is: `broker ${id} does not tell its settings: ${settings.unknown}`,
        follows: `claiming a partition starts with reading ${PRODUCER_EXPIRATION}, so nothing can be appended`,
        remedy: 'grant DESCRIBE_CONFIGS on the cluster to the user of the apps',
      };
    }
    if (!(Number(settings[PRODUCER_EXPIRATION]) > 0)) {
      return {
        ...NO_FENCE,
        is: `broker ${id} has no ${PRODUCER_EXPIRATION}, which Apache Kafka has since 3.4`,
        follows:
          'how long it remembers the epoch of a writer is not known, so no fence can be relied on. Nothing was probed',
        remedy: 'use Apache Kafka 3.4 or newer',
      };
    }
  }
  return undefined;
}

const NO_FENCE = { level: 'fail', promise: 3, about: 'brokers' } as const;

/** Redpanda begins its cluster ids with its name, and has topic settings of that name. */
const isRedpanda = ({ clusterId, eventTopics }: Facts): boolean =>
  clusterId.startsWith(REDPANDA) ||
  eventTopics.some(
    ({ settings }) => !isUnknown(settings) && Object.keys(settings).some((name) => name.startsWith(REDPANDA)),
  );
