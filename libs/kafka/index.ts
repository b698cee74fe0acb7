export {
  type AccessGrant,
  knownPrincipals,
  NoAuthorizerError,
  provideAccess,
  withdrawAccess,
} from './access/kafka-access.js';
export { LogBatches, PassThroughFilter } from './consumer/log-batches.decorator.js';
export { LogConsumerServer, type PartitionAssignments } from './consumer/log-consumer.server.js';
export { worst, type Finding, type Flaw, type Level } from './finding.js';
export { type Decoding, KafkaEventLog } from './kafka-event-log.js';
export { KAFKA_CLIENT, KafkaModule, makeEventLog, makeKafka, tailBytesOf } from './kafka.module.js';
export { acceptPosition, acceptTopic } from './manifest/accept.js';
export { deployManifest } from './manifest/deploy-manifest.js';
export { missingFrom, type Difference } from './manifest/differences.js';
export { LogEnvironment, type LogAgreement } from './manifest/log-environment.js';
export { type LogMemory, memoryDifferences, type RememberedEvent } from './manifest/log-memory.js';
export { PartitionOwnership } from './ownership/partition-ownership.js';
export { KafkaProtocol, withKafkaProtocol } from './protocol/kafka-protocol.js';
export { type PartitionRange, RawLog } from './raw-log.js';
export { type WholeRecord } from './protocol/whole-record.js';
export { LogSchemas } from './registry/log-schemas.js';
export { RefusedSchemaError, registerSchemas } from './registry/register-schemas.js';
export { readSchemaTexts, schemaFolder } from './registry/schema-folder.js';
export { type RegistryAddress, RegistryClient } from './registry/registry-client.js';
export { TopicOffsets } from './topic-offsets.js';
export { createTopics, settingFaults, topicFaults, withAdmin } from './topics.js';
