import { type Finding, type Flaw, settingFaults } from '#libs/kafka';
import {
  isUnknown,
  MIN_IN_SYNC,
  type PartitionFacts,
  type SettingValues,
  type TopicFacts,
  UNCLEAN_ELECTION,
  type Unknown,
} from './cluster-facts.js';
import type { LogPromise } from '#libs/event-store/conformance';

const LOST_EVENT: Loss = {
  promise: 1,
  oneDisk: "an acknowledged event is lost with its broker's disk",
  maybeOneDisk: 'an acknowledged event may be on one disk alone, and is lost with it',
  stops: 'nothing can be appended',
};

const LOST_EPOCHS: Loss = {
  promise: 3,
  oneDisk:
    "the epochs of the writers are lost with that broker's disk: claims then fail, or two owners get the same epoch",
  maybeOneDisk: 'the newest epochs may be on one disk alone, and two owners get the same one when it is lost',
  stops: 'no partition can be claimed',
};

/** The consequence of each setting that an event topic must not have. */
const CONSEQUENCES: Readonly<
  Record<string, Pick<Flaw, 'level'> & { readonly follows: string; readonly promise?: 1 | 3 }>
> = {
  'cleanup.policy': {
    level: 'fail',
    promise: 1,
    follows: 'the broker removes events that were acknowledged',
  },
  'retention.ms': { level: 'fail', promise: 1, follows: 'events are deleted when that time has passed' },
  'retention.bytes': {
    level: 'fail',
    promise: 1,
    follows: 'the oldest events are deleted when there are more',
  },
  'message.timestamp.type': {
    level: 'warn',
    promise: 3,
    follows:
      'one record with an old time stamp makes the broker forget its writer, and with it who is shut out',
  },
  [UNCLEAN_ELECTION]: {
    level: 'warn',
    promise: 1,
    follows: 'a replica that lacks acknowledged events may become the leader, and they are gone',
  },
  'compression.type': {
    level: 'warn',
    follows: 'one record that somebody else has packed as readers here cannot unpack stops its partition',
  },
  'max.message.bytes': { level: 'warn', follows: 'a large group of commands is refused as a whole' },
};

export function judgeEventTopic(
  { topic, partitions, settings }: TopicFacts,
  plannedReplicas: number,
): Finding[] {
  const about = `topic ${topic}`;
  if (partitions === undefined) {
    const is = 'not there, or not to be seen without DESCRIBE';
    const follows = `"orderstream deploy" makes it with TOPIC_REPLICATION=${plannedReplicas}`;
    const remedy = 'run "orderstream deploy"; if the topic exists, grant DESCRIBE on it';
    const missing: Finding = { level: 'warn', about, is, follows, remedy };
    if (plannedReplicas >= ENOUGH_REPLICAS) return [missing];
    const atRisk = { promise: 1, follows: `${follows}; ${ENOUGH_REPLICAS} outlive a disk` } as const;
    return [
      { ...missing, ...atRisk, remedy: `set TOPIC_REPLICATION=${ENOUGH_REPLICAS} first, then ${remedy}` },
    ];
  }
  const replication = judgeReplication(about, partitions, settings, LOST_EVENT);
  const findings = [...replication, ...judgeSettings(about, settings)];
  return findings.length > 0 ? findings : [sound(about, 'events are kept for ever, on two disks or more')];
}

function judgeSettings(about: string, settings: SettingValues | Unknown): Finding[] {
  if (isUnknown(settings)) {
    const is = `settings cannot be read: ${settings.unknown}`;
    const follows = 'whether it keeps its events for ever is unknown';
    const remedy = 'grant DESCRIBE_CONFIGS on the topic';
    return [{ level: 'warn', promise: 1, about, is, follows, remedy }];
  }
  return settingFaults(settings).map(({ name, value, wanted }) => ({
    level: 'warn',
    follows: '',
    ...CONSEQUENCES[name],
    about,
    is: `${name} is ${value}, and should be ${wanted}`,
    remedy: `set ${name} to ${wanted} on the topic with kafka-configs.sh --alter`,
  }));
}

/** The topic in which the brokers keep who has which epoch. They make it when a transactional id is first used. */
export function judgeTransactionLog({ topic, partitions, settings }: TopicFacts): Finding[] {
  const about = `transaction log (${topic})`;
  const warning = { level: 'warn', promise: 3, about } as const;
  if (partitions === undefined) {
    const is = 'not there, or not to be seen without DESCRIBE';
    const follows = 'whether the epochs of the writers outlive a disk is unknown';
    return [{ ...warning, is, follows, remedy: 'grant DESCRIBE on it, and run the doctor again' }];
  }
  const findings = judgeReplication(about, partitions, settings, LOST_EPOCHS);
  if (isUnknown(settings)) {
    const is = `settings cannot be read: ${settings.unknown}`;
    findings.push({
      ...warning,
      is,
      follows: `whether ${MIN_IN_SYNC} and ${UNCLEAN_ELECTION} are right is unknown`,
      remedy: 'grant DESCRIBE_CONFIGS on it',
    });
  } else if (settings[UNCLEAN_ELECTION] !== 'false') {
    findings.push({
      ...warning,
      is: `${UNCLEAN_ELECTION} is ${settings[UNCLEAN_ELECTION]}, and should be false`,
      follows:
        'a replica that lacks the newest epochs may become the leader, and two owners get the same epoch',
      remedy: `set ${UNCLEAN_ELECTION} to false on it with kafka-configs.sh --alter`,
    });
  }
  return findings.length > 0
    ? findings
    : [sound(about, 'the epochs of the writers are on two disks or more')];
}

const sound = (about: string, follows: string): Finding => ({
  level: 'ok',
  about,
  is: 'set up as it should be',
  follows,
});

const ENOUGH_REPLICAS = 3;

/** The consequences of losing the data of a topic. */
interface Loss {
  readonly promise: LogPromise;
  readonly oneDisk: string;
  readonly maybeOneDisk: string;
  readonly stops: string;
}

/** Judges how many disks hold a topic's data and what happens while one is away. Returns nothing if all is well. */
function judgeReplication(
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
