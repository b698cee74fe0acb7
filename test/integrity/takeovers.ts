import type { Instance } from './system.js';

/** What an instance logs when it has claimed a partition and read it to the end. */
const READY = 'partition ready for commands';

/** How often a partition of the topic got an owner after its first one, by what the instances say. */
export async function countTakeovers(instances: readonly Instance[], topic: string): Promise<number> {
  const lines = (await Promise.all(instances.map((instance) => instance.logLines()))).flat();
  const partitions = lines
    .filter((line) => line.includes(READY))
    .map((line) => JSON.parse(line) as { topic: string; partition: number })
    .filter((entry) => entry.topic === topic)
    .map(({ partition }) => partition);
  return partitions.length - new Set(partitions).size;
}
