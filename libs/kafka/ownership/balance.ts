export interface Member {
  readonly memberId: string;
  readonly owned: readonly number[];
}

/**
 * Distributes partitions evenly, to within one, with as few moves as possible, because each move briefly stops its
 * partition. If two members report the same partition, the first keeps it.
 */
export function balance(partitions: readonly number[], members: readonly Member[]): Map<string, number[]> {
  const free = new Set(partitions);
  // Members with most partitions come first, so the larger shares go to those that already have them.
  const order = [...members].toSorted(
    (a, b) => b.owned.length - a.owned.length || (a.memberId < b.memberId ? -1 : 1),
  );
  const least = Math.floor(partitions.length / order.length);
  const larger = partitions.length % order.length;
  const shares = order.map(({ memberId, owned }, index) => {
    const size = least + (index < larger ? 1 : 0);
    const kept = [...new Set(owned)].filter((partition) => free.has(partition)).slice(0, size);
    for (const partition of kept) free.delete(partition);
    return { memberId, size, kept };
  });
  const unassigned = [...free];
  return new Map(
    shares.map(({ memberId, size, kept }) => [
      memberId,
      [...kept, ...unassigned.splice(0, size - kept.length)],
    ]),
  );
}
