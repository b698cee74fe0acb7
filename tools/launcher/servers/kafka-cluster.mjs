import { join } from 'node:path';
import { newClusterId, startKafkaNode } from './kafka.mjs';
import { freePort } from './ports.mjs';

/**
 * @param {number} count
 * @param {readonly number[]} [advertisedPorts]
 * @returns {Promise<import('./kafka-properties.mjs').KafkaNode[]>}
 */
export async function planNodes(count, advertisedPorts = []) {
  const ports = await Promise.all(Array.from({ length: 3 * count }, freePort));
  return Array.from({ length: count }, (_, index) => {
    const [clients = 0, brokers = 0, controller = 0] = ports.slice(3 * index);
    return { id: index + 1, clients, brokers, controller, advertised: advertisedPorts[index] ?? clients };
  });
}

/**
 * Gives for each broker of a new cluster a function that starts it, on the same ports and data each time. The first start
 * must be a joint one: no broker is ready before a majority runs.
 * @param {import('./kafka.mjs').KafkaOptions & { nodes: readonly import('./kafka-properties.mjs').KafkaNode[] }} options
 * `directory` must be empty
 */
export function nodeStarter({ directory, ...options }) {
  const clusterId = newClusterId();
  return (/** @type {import('./kafka-properties.mjs').KafkaNode} */ node) => () => {
    const name = `kafka-${node.id}`;
    const place = join(directory, name);
    return startKafkaNode({ ...options, name, directory: place, logFile: `${place}.log`, node, clusterId });
  };
}
