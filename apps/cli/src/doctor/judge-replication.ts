import type { LogPromise } from '#libs/event-store/conformance';
import {
  isUnknown,
  MIN_IN_SYNC,
  type PartitionFacts,
  type SettingValues,
  type Unknown,
} from './cluster-facts.js';
import type { Finding } from '#libs/kafka';

export const ENOUGH_REPLICAS = 3;

/** The consequences of losing the data of a topic. */
export interface Loss {
  readonly promise: LogPromise;
  readonly oneDisk: string;
  readonly maybeOneDisk: string;
  readonly stops: string;
}

/** Judges how many disks hold a topic's data and what happens while one is away. Returns nothing if all is well. */
export function judgeReplication(
  about: string,
  partitions: readonly PartitionFacts[] | Unknown,
  settings: SettingValues | Unknown,
  loss: Loss,
): Finding[] {
  const warning = (is: string, follows: string, remedy: string): Finding => ({
    level: 'warn',
    promise: loss.promise,
    about,
    is,
    follows,
    remedy,
  });
  const enough = `raise its replication to ${ENOUGH_REPLICAS} with kafka-reassign-partitions.sh, and ${MIN_IN_SYNC} to 2`;
  if (isUnknown(partitions)) {
    const follows = 'the number of disks that hold it is unknown';
    return [
      warning(`replicas cannot be read: ${partitions.unknown}`, follows, 'grant DESCRIBE on the topic'),
    ];
  }
  const replicas = Math.min(...partitions.map((partition) => partition.replicas));
  if (replicas === 1) return [warning('replication is 1', loss.oneDisk, enough)];
  const findings: Finding[] = [];
  const minInSync = isUnknown(settings) ? undefined : Number(settings[MIN_IN_SYNC]);
  if (minInSync === 1) {
    findings.push(warning(`${MIN_IN_SYNC} is 1`, loss.maybeOneDisk, `set ${MIN_IN_SYNC} of the topic to 2`));
  } else if (minInSync !== undefined && minInSync >= replicas) {
    const is = `${MIN_IN_SYNC} is ${minInSync} of ${replicas} replicas`;
    const remedy = replicas < ENOUGH_REPLICAS ? enough : `set ${MIN_IN_SYNC} of the topic to ${replicas - 1}`;
    findings.push(warning(is, `while one broker is away, ${loss.stops}`, remedy));
  } else if (replicas < ENOUGH_REPLICAS) {
    const follows = 'while one broker is away, one disk alone has it';
    findings.push(warning(`replication is ${replicas}`, follows, enough));
  }
  const behind = partitions.filter(({ inSync, replicas }) => inSync < replicas).length;
  if (behind > 0) {
    const follows = 'a broker is away or behind: until it is back, one more may be too many';
    const remedy = 'bring the missing broker back, and wait until it has caught up';
    findings.push(
      warning(`${behind} of ${partitions.length} partitions lack a replica now`, follows, remedy),
    );
  }
  return findings;
}
