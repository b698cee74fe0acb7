import type { LogPromise } from '#libs/event-store/conformance';
import {
  isUnknown,
  MIN_IN_SYNC,
  type PartitionFacts,
  type SettingValues,
  type Unknown,
} from './cluster-facts.js';
import type { Finding } from './finding.js';

export const ENOUGH_REPLICAS = 3;

/** What is lost with what a topic keeps. */
export interface Loss {
  readonly promise: LogPromise;
  readonly oneDisk: string;
  readonly maybeOneDisk: string;
  readonly stops: string;
}

/** How many disks have what a topic was given, and what happens while one is away. Nothing, if all is well. */
export function judgeReplication(
  about: string,
  partitions: readonly PartitionFacts[] | Unknown,
  settings: SettingValues | Unknown,
  loss: Loss,
): Finding[] {
  const warning = (is: string, follows: string): Finding => ({
    level: 'warn',
    promise: loss.promise,
    about,
    is,
    follows,
  });
  if (isUnknown(partitions)) {
    return [warning(`replicas are not told: ${partitions.unknown}`, 'how many disks have it cannot be told')];
  }
  const replicas = Math.min(...partitions.map((partition) => partition.replicas));
  if (replicas === 1) return [warning('replication is 1', loss.oneDisk)];
  const findings: Finding[] = [];
  const minInSync = isUnknown(settings) ? undefined : Number(settings[MIN_IN_SYNC]);
  if (minInSync === 1) findings.push(warning(`${MIN_IN_SYNC} is 1`, loss.maybeOneDisk));
  else if (minInSync !== undefined && minInSync >= replicas) {
    const is = `${MIN_IN_SYNC} is ${minInSync} of ${replicas} replicas`;
    findings.push(warning(is, `while one broker is away, ${loss.stops}`));
  } else if (replicas < ENOUGH_REPLICAS) {
    findings.push(warning(`replication is ${replicas}`, `while one broker is away, one disk alone has it`));
  }
  const behind = partitions.filter(({ inSync, replicas }) => inSync < replicas).length;
  if (behind > 0) {
    const follows = 'a broker is away or behind: until it is back, one more may be too many';
    findings.push(warning(`${behind} of ${partitions.length} partitions lack a replica now`, follows));
  }
  return findings;
}
