import type { TopicPartition } from '#libs/kernel';
import type { Instance } from './system.js';

/** What an instance logs when it has claimed a partition and read it to the end. */
const READY = 'partition ready for commands';

/** How often a partition of the topic got an owner after its first one, by what the instances say. */
export async function countTakeovers(instances: readonly Instance[], topic: string): Promise<number> {
  const partitions: number[] = [];
  for (const instance of instances) {
    for await (const entry of instance.logEntries<TopicPartition>(READY)) {
      if (entry.topic === topic) partitions.push(entry.partition);
    }
  }
  return partitions.length - new Set(partitions).size;
}
