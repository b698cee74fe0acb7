import { LogUnavailableError } from '#libs/kernel';
import { TopicOffsets } from './topic-offsets.js';

describe('the offsets of topics', () => {
  const TOPICS = ['orders', 'inventory'];
  let inUse: Set<string>;
  let offsets: Record<string, number>;
  let isAway: boolean;
  beforeEach(() => {
    inUse = new Set(TOPICS);
    offsets = { orders: 3, inventory: 5 };
    isAway = false;
  });

  const at = (topic: string, offset: number) => ({ topic, partition: 0, offset });
  const each = (offsetOf: (topic: string) => number) => async (topics: readonly string[]) => {
    if (isAway || topics.some((topic) => !inUse.has(topic))) throw new LogUnavailableError('away');
    return topics.map((topic) => at(topic, offsetOf(topic)));
  };
  const log = {
    topicsInUse: async (topics: readonly string[]) => topics.filter((topic) => inUse.has(topic)),
    endOffsets: each((topic) => offsets[topic] ?? 0),
    startOffsets: each(() => 0),
    offsetsForTime: each(() => 1),
  };

  it('are the last known ones while a topic waits for an operator', async () => {
    const known = new TopicOffsets(log);
    expect(await known.endOffsets(TOPICS)).toEqual([at('orders', 3), at('inventory', 5)]);
    inUse.delete('inventory');
    offsets = { orders: 4, inventory: 1 };
    const stopped = { ...at('inventory', 5), isStopped: true };
    expect(await known.endOffsets(TOPICS)).toEqual([at('orders', 4), stopped]);
    expect(await known.offsetsForTime(TOPICS, 0)).toEqual([at('orders', 1), stopped]);
    expect(await known.startOffsets(TOPICS)).toEqual([at('orders', 0)]);
  });

  it('are not invented for a topic never seen', async () => {
    inUse.delete('inventory');
    const begun = new TopicOffsets(log);
    await begun.look(TOPICS);
    await expect(begun.endOffsets(TOPICS)).rejects.toThrow(LogUnavailableError);
    inUse.add('inventory');
    await begun.look(TOPICS);
    inUse.delete('inventory');
    expect(await begun.endOffsets(TOPICS)).toContainEqual({ ...at('inventory', 5), isStopped: true });
  });

  it('are unknown while the log is unavailable', async () => {
    const known = new TopicOffsets(log);
    await known.endOffsets(TOPICS);
    isAway = true;
    await expect(known.endOffsets(TOPICS)).rejects.toThrow(LogUnavailableError);
  });
});
