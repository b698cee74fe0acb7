/**
 * What each principal may do at the brokers, as docs/operations.md shows it: nothing that is not needed. One that reads or
 * writes may describe, too.
 *
 * @typedef {'READ' | 'WRITE' | 'CREATE' | 'DELETE' | 'ALTER' | 'DESCRIBE' | 'DESCRIBE_CONFIGS'} Operation
 *
 * @typedef {object} Right
 * @property {'topics' | 'groups' | 'transactionalIds' | 'cluster'} kind
 * @property {readonly Operation[]} operations
 * @property {readonly string[]} names those that end with `*` stand for all that begin so; `<prefix>` is KAFKA_GROUP_PREFIX
 */

/** Events that commands of clients make, and of what the system does in their course. */
const BUSINESS_TOPICS = ['orders', 'inventory', 'payments', 'carts', 'notifications', 'audit'];
export const EVENT_TOPICS = [...BUSINESS_TOPICS, 'processes', 'webhooks'];
const MANIFEST = 'orderstream-manifest';
const DOCTOR_TOPICS = '<prefix>-doctor-*';

/**
 * @param {Operation[]} operations
 * @param {readonly string[]} names
 * @returns {Right}
 */
const topics = (operations, names) => ({ kind: 'topics', operations, names });

/**
 * @param {string[]} names
 * @param {Operation[]} operations
 * @returns {Right}
 */
const groups = (names, operations = ['READ']) => ({ kind: 'groups', operations, names });

/**
 * @param {string[]} names
 * @returns {Right}
 */
const transactionalIds = (names) => ({ kind: 'transactionalIds', operations: ['WRITE'], names });

/** Lets command processes read the brokers' `producer.id.expiration.ms` before they claim a partition. */
/** @type {Right} */
const BROKER_SETTINGS = { kind: 'cluster', operations: ['DESCRIBE_CONFIGS'], names: [] };

const READ_EVENTS = topics(['READ'], EVENT_TOPICS);
const READ_MANIFEST = topics(['READ'], [MANIFEST]);

/** Rights of whoever executes commands on these topics. @param {string} group @param {string[]} owned */
const commanding = (group, owned) => [
  READ_EVENTS,
  topics(['WRITE'], owned),
  READ_MANIFEST,
  groups([`<prefix>-commands-${group}`]),
  transactionalIds(owned.map((topic) => `<prefix>-${topic}-*`)),
  BROKER_SETTINGS,
];

const WEBHOOKS = commanding('webhooks', ['webhooks']);

/** @satisfies {Readonly<Record<string, readonly Right[]>>} */
export const RIGHTS = {
  'command-api': [
    ...commanding('business', BUSINESS_TOPICS),
    // Groups of older versions, which are left once none of those runs.
    groups(
      BUSINESS_TOPICS.map((topic) => `<prefix>-commands-${topic}`),
      ['DESCRIBE'],
    ),
  ],
  'process-manager': [groups(['<prefix>-process-manager']), ...commanding('processes', ['processes'])],
  projector: [READ_EVENTS, READ_MANIFEST, groups(['<prefix>-projector'])],
  'query-api': [READ_EVENTS, READ_MANIFEST],
  'operations-api': [READ_EVENTS, READ_MANIFEST],
  'webhook-api': WEBHOOKS,
  'webhook-dispatcher': [...WEBHOOKS, groups(['<prefix>-webhook-dispatcher'])],
  /** `orderstream rebuild`, `orderstream verify` and `orderstream projections`. */
  projections: [READ_EVENTS, READ_MANIFEST],
  deploy: [
    topics(['CREATE', 'READ', 'DESCRIBE_CONFIGS'], EVENT_TOPICS),
    topics(['CREATE', 'READ', 'WRITE'], [MANIFEST]),
  ],
  log: [READ_EVENTS, topics(['READ', 'WRITE'], [MANIFEST])],
  doctor: [
    topics(['CREATE', 'DELETE', 'READ', 'WRITE'], [DOCTOR_TOPICS]),
    topics(['READ', 'DESCRIBE_CONFIGS'], EVENT_TOPICS),
    topics(['DESCRIBE', 'DESCRIBE_CONFIGS'], ['__transaction_state']),
    READ_MANIFEST,
    transactionalIds([`<prefix>-${DOCTOR_TOPICS}`]),
    BROKER_SETTINGS,
  ],
  /** `orderstream analysts`: whoever may make users and rights may do everything. */
  analysts: [{ kind: 'cluster', operations: ['ALTER'], names: [] }],
  registry: [
    topics(['CREATE', 'READ', 'WRITE'], ['kafkasql-journal', 'kafkasql-snapshots']),
    topics(['CREATE', 'WRITE'], ['registry-events']),
    groups(['registry-*']),
  ],
};

/** @typedef {keyof typeof RIGHTS} Principal */

export const PRINCIPALS = /** @type {Principal[]} */ (Object.keys(RIGHTS));

/** @typedef {{ principal: string, kind: Right['kind'], operation: Operation, name: string, isPrefix: boolean }} Grant */

/**
 * @param {string} prefix KAFKA_GROUP_PREFIX
 * @returns {Grant[]} one for each operation on each resource
 */
export const grantsOf = (prefix) =>
  Object.entries(RIGHTS).flatMap(([principal, rights]) =>
    rights.flatMap(({ kind, operations, names }) =>
      (kind === 'cluster' ? ['kafka-cluster'] : names).flatMap((name) =>
        operations.map((operation) => ({
          principal,
          kind,
          operation,
          name: name.replaceAll('<prefix>', prefix).replace(/\*$/, ''),
          isPrefix: name.endsWith('*'),
        })),
      ),
    ),
  );
