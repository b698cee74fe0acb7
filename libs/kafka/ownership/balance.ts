export interface Member {
  readonly memberId: string;
  readonly owned: readonly number[];
}

/**
 * Distributes partitions evenly, to within one, with as few moves as possible, because each move briefly stops its
 * partition. If two members report the same partition, the first keeps it.
 *
 * Among equals, the n-th member by id gets every n-th partition. So one process gets the same partitions of each topic
 * and of each group, and does itself what follows from an event: an order, its payment and its process have the same key.
 */
export function balance(partitions: readonly number[], members: readonly Member[]): Map<string, number[]> {
  const free = new Set(partitions);
  // Members with most partitions come first, so the larger shares go to those that already have them.
  const order = [...members].toSorted(
    (a, b) => b.owned.length - a.owned.length || (a.memberId < b.memberId ? -1 : 1),
  );
  const ranks = new Map(
    members
      .map(({ memberId }) => memberId)
      .toSorted()
      .map((id, rank) => [id, rank]),
  );
  const isPreferred = (memberId: string) => (partition: number) =>
    partition % members.length === ranks.get(memberId);
  const least = Math.floor(partitions.length / order.length);
  const larger = partitions.length % order.length;
  const shares = order.map(({ memberId, owned }, index) => {
    const size = least + (index < larger ? 1 : 0);
    const own = [...new Set(owned)].filter((partition) => free.has(partition));
    const kept = preferredFirst(own, isPreferred(memberId)).slice(0, size);
    for (const partition of kept) free.delete(partition);
    return { memberId, size, kept };
  });
  return new Map(
    shares.map(({ memberId, size, kept }) => {
      const added = preferredFirst([...free], isPreferred(memberId)).slice(0, size - kept.length);
      for (const partition of added) free.delete(partition);
      return [memberId, [...kept, ...added]];
    }),
  );
}

const preferredFirst = (
  partitions: readonly number[],
  isPreferred: (partition: number) => boolean,
): number[] => [
  ...partitions.filter(isPreferred),
  ...partitions.filter((partition) => !isPreferred(partition)),
];
