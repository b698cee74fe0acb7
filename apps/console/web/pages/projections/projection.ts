import type { Answer, Item } from '../../api/answer';
import { api } from '../../api/client';

export type Projection = Item<'/v1/operations/projections'>;
export type ProjectionPartition = Projection['partitions'][number];
export type Rebuild = NonNullable<Projection['rebuild']>;
export type Verification = Answer<'/v1/operations/projections/{projection}/verification'>;

const REFRESH_MS = 2_000;

/** All projections, read anew every two seconds. */
export const useProjections = () =>
  api.useQuery('get', '/v1/operations/projections', {}, { refetchInterval: REFRESH_MS });

export const stateOf = ({ stoppedPartitions, rebuild }: Projection): string => {
  if (stoppedPartitions > 0) return 'stopped';
  return rebuild?.state === 'running' ? 'rebuilding' : 'running';
};
