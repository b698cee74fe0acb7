/**
 * @typedef {object} KafkaNode a broker and controller in one process
 * @property {number} id from 1
 * @property {number} clients port for clients
 * @property {number} [advertised] the port that clients are told, where something stands in between
 * @property {number} [brokers] port for the other brokers, where there are any
 * @property {number} controller port for controllers
 */

const LOOPBACK = '127.0.0.1';

/** For a single broker that starts quickly. */
const ALONE = {
  'inter.broker.listener.name': 'CLIENTS',
  ...internalTopics({ replication: 1, minInSync: 1 }),
  // A killed broker can return only after its old session expires: 9 s by default.
  'broker.session.timeout.ms': 4000,
  'broker.heartbeat.interval.ms': 1000,
  // Records that only show other controllers that this one is alive: two a second by default.
  'metadata.max.idle.interval.ms': 0,
};

/** For several brokers on one machine. Tests kill one at a time, and the others must notice within seconds. */
const TOGETHER = {
  'inter.broker.listener.name': 'BROKERS',
  'default.replication.factor': 3,
  'min.insync.replicas': 2,
  ...internalTopics({ replication: 3, minInSync: 2 }),
  'unclean.leader.election.enable': false,
  'broker.session.timeout.ms': 3000,
  'broker.heartbeat.interval.ms': 500,
  'controller.quorum.election.timeout.ms': 500,
  'controller.quorum.election.backoff.max.ms': 300,
  // Until a hanging follower leaves the in-sync replicas, every append waits for it.
  'replica.lag.time.max.ms': 4000,
  // A returning broker leads its share again within the time of a test: 300 s by default.
  'leader.imbalance.check.interval.seconds': 10,
};

const ALWAYS = {
  'process.roles': 'broker,controller',
  'controller.listener.names': 'CONTROLLER',
  'listener.security.protocol.map': 'CLIENTS:PLAINTEXT,BROKERS:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'auto.create.topics.enable': false,
  // This is the database of record: nothing is deleted by age.
  'log.retention.ms': -1,
  'group.initial.rebalance.delay.ms': 0,
  // The default takes 128 MB, and little is compacted here.
  'log.cleaner.dedupe.buffer.size': 8_388_608,
  // Fetches that have been answered stay in memory until so many have come together.
  'fetch.purgatory.purge.interval.requests': 100,
  'producer.purgatory.purge.interval.requests': 100,
  // One machine's clients keep a few threads busy; each further one wakes up several times a second for nothing.
  'num.network.threads': 2,
  'num.io.threads': 4,
  'background.threads': 2,
  'group.coordinator.threads': 1,
  'share.coordinator.threads': 1,
};

/** @param {{ replication: number, minInSync: number }} durability */
function internalTopics({ replication, minInSync }) {
  return {
    'offsets.topic.replication.factor': replication,
    'offsets.topic.num.partitions': 4,
    'transaction.state.log.replication.factor': replication,
    'transaction.state.log.min.isr': minInSync,
    'transaction.state.log.num.partitions': 4,
    'share.coordinator.state.topic.replication.factor': replication,
    'share.coordinator.state.topic.min.isr': minInSync,
    'share.coordinator.state.topic.num.partitions': 1,
  };
}

/**
 * @param {object} options
 * @param {string} options.log
 * @param {KafkaNode} options.node
 * @param {readonly KafkaNode[]} options.nodes all of its cluster
 * @param {Record<string, string>} options.security
 * @param {Record<string, string | number> | undefined} options.settings in place of ours
 * @returns {string} the content of server.properties
 */
export function kafkaProperties({ log, node, nodes, security, settings }) {
  const { id, clients, advertised = clients, brokers, controller } = node;
  const between = brokers ? [`BROKERS://${LOOPBACK}:${brokers}`] : [];
  const properties = {
    ...ALWAYS,
    ...(nodes.length > 1 ? TOGETHER : ALONE),
    'node.id': id,
    'controller.quorum.voters': nodes.map((each) => `${each.id}@${LOOPBACK}:${each.controller}`).join(),
    listeners: [
      `CLIENTS://${LOOPBACK}:${clients}`,
      ...between,
      `CONTROLLER://${LOOPBACK}:${controller}`,
    ].join(),
    'advertised.listeners': [`CLIENTS://${LOOPBACK}:${advertised}`, ...between].join(),
    'log.dirs': log,
    ...security,
    ...settings,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}
