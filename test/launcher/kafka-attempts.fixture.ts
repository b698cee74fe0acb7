import kafkajs, { type Admin } from 'kafkajs';
import { KafkaProtocol, makeKafka } from '#libs/kafka';
import { loadSettings } from '#libs/platform';

/** What somebody tries at the brokers. */
export interface Attempt {
  readonly kind: 'topics' | 'groups' | 'transactionalIds' | 'cluster';
  readonly operation: string;
  readonly name: string;
}

const PARTITION = 0;
const NOBODY = { producerId: '-1', producerEpoch: -1 };
const TIMEOUT_MS = 5_000;

/** Tries things at the brokers as one principal. */
export class KafkaAttempts {
  private constructor(
    private readonly protocol: KafkaProtocol,
    private readonly admin: Admin,
  ) {}

  static async as(env: Readonly<Record<string, string>>): Promise<KafkaAttempts> {
    const settings = loadSettings(env);
    const admin = makeKafka(settings).admin({ retry: { retries: 0 } });
    await admin.connect();
    return new KafkaAttempts(new KafkaProtocol(settings.kafka), admin);
  }

  /** @returns the broker's error, `undefined` if it did as it was told */
  async error(attempt: Attempt): Promise<string | undefined> {
    try {
      await this.#make(attempt);
      return undefined;
    } catch (error) {
      return typeOf(error);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.protocol.disconnect(), this.admin.disconnect()]);
  }

  async #make({ kind, operation, name }: Attempt): Promise<unknown> {
    const { protocol, admin } = this;
    switch (`${kind} ${operation}`) {
      case 'topics READ':
        return protocol.fetch(name, PARTITION, 0, 1);
      case 'topics WRITE':
        return protocol.produce(name, PARTITION, NOBODY, -1, [{ key: null, value: null, headers: {} }]);
      case 'topics CREATE':
        return admin.createTopics({ topics: [{ topic: name }], waitForLeaders: false });
      case 'topics DELETE':
        return admin.deleteTopics({ topics: [name] });
      case 'topics DELETE_RECORDS':
        return admin.deleteTopicRecords({
          topic: name,
          partitions: [{ partition: PARTITION, offset: '-1' }],
        });
      case 'topics ALTER_CONFIGS':
        return this.#alterConfigs(kafkajs.ConfigResourceTypes.TOPIC, name, 'retention.ms');
      case 'cluster ALTER_CONFIGS':
        return this.#alterConfigs(kafkajs.ConfigResourceTypes.BROKER, '1', 'log.cleaner.threads');
      case 'cluster DESCRIBE_CONFIGS':
        return admin.describeConfigs({
          includeSynonyms: false,
          resources: [{ type: kafkajs.ConfigResourceTypes.BROKER, name: '1' }],
        });
      case 'cluster ALTER':
        return admin.createAcls({ acl: [EVERYTHING] });
      case 'groups READ':
        return admin.fetchOffsets({ groupId: name });
      case 'transactionalIds WRITE':
        return protocol.initProducer(name, TIMEOUT_MS);
      default:
        throw new Error(`${kind} ${operation} is not tried`);
    }
  }

  #alterConfigs(type: kafkajs.ConfigResourceTypes, name: string, setting: string): Promise<unknown> {
    const resources = [{ type, name, configEntries: [{ name: setting, value: '1' }] }];
    return this.admin.alterConfigs({ validateOnly: true, resources });
  }
}

const EVERYTHING = {
  principal: 'User:query-api',
  host: '*',
  resourceType: kafkajs.AclResourceTypes.TOPIC,
  resourceName: '*',
  resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
  operation: kafkajs.AclOperationTypes.ALL,
  permissionType: kafkajs.AclPermissionTypes.ALLOW,
};

interface KafkaFailure {
  readonly type?: string;
  readonly message?: string;
  readonly cause?: unknown;
  readonly errors?: readonly unknown[];
  readonly partitions?: readonly { readonly error?: unknown }[];
}

/** The broker's name of the error, however kafkajs wraps it. */
function typeOf(error: unknown): string {
  const { type, cause, errors, partitions, message } = error as KafkaFailure;
  const inner = errors?.[0] ?? partitions?.[0]?.error ?? cause;
  return type ?? (inner === undefined ? String(message) : typeOf(inner));
}
