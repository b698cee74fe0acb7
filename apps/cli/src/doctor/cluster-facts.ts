/** A cluster's facts that affect the promises. Plain data; judged elsewhere. */
export interface ClusterFacts {
  readonly clusterId: string;
  readonly brokers: readonly BrokerFacts[];
  readonly eventTopics: readonly TopicFacts[];
  /** With how many replicas those that are missing would be made (TOPIC_REPLICATION). */
  readonly plannedReplicas: number;
  /** Where the brokers keep the epochs of transactional ids. */
  readonly transactionLog: TopicFacts;
  /** Topics that doctors created and did not delete. */
  readonly leftovers: readonly string[];
}

/** Why an answer is missing, as a sentence. */
export interface Unknown {
  readonly unknown: string;
}

export type SettingValues = Readonly<Record<string, string>>;

export interface BrokerFacts {
  readonly id: number;
  readonly settings: SettingValues | Unknown;
}

export interface TopicFacts {
  readonly topic: string;
  /** `undefined` where there is no such topic, or none that may be seen. */
  readonly partitions: readonly PartitionFacts[] | Unknown | undefined;
  readonly settings: SettingValues | Unknown;
}

export interface PartitionFacts {
  readonly replicas: number;
  readonly inSync: number;
}

export const isUnknown = (answer: object): answer is Unknown => 'unknown' in answer;

export const PRODUCER_EXPIRATION = 'producer.id.expiration.ms';
export const TRANSACTIONAL_ID_EXPIRATION = 'transactional.id.expiration.ms';
export const MIN_IN_SYNC = 'min.insync.replicas';
export const UNCLEAN_ELECTION = 'unclean.leader.election.enable';
