export interface Member {
  readonly memberId: string;
  readonly owned: readonly number[];
}

/**
 * Shares partitions out evenly, to within one, and moves as few as that takes: each move stops its partition for a
 * moment. Where two say that they hold the same one, the first keeps it.
 */
export function balance(partitions: readonly number[], members: readonly Member[]): Map<string, number[]> {
  const free = new Set(partitions);
  // Who holds most comes first, so that the larger shares go to those that have them already.
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
  const rest = [...free];
  return new Map(
    shares.map(({ memberId, size, kept }) => [memberId, [...kept, ...rest.splice(0, size - kept.length)]]),
  );
}
