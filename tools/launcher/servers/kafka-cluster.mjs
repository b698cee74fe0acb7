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
 * How to start each broker of a new cluster, on the same ports and data each time. The first time they have to be
 * started together: none is ready before most of them are.
 * @param {import('./kafka.mjs').KafkaOptions & { nodes: readonly import('./kafka-properties.mjs').KafkaNode[] }} options
 * `directory` is that of the cluster, and must be empty
 */
export function nodeStarters({ directory, nodes, ...options }) {
  const clusterId = newClusterId();
  return nodes.map((node) => {
    const name = `kafka-${node.id}`;
    const place = join(directory, name);
    return () =>
      startKafkaNode({ ...options, name, directory: place, logFile: `${place}.log`, node, nodes, clusterId });
  });
}
