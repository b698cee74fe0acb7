import type { Stream } from '#libs/kernel';
import type { Prisma } from '../generated/client.js';

/** What the table of every read model of streams has. */
export interface StreamRow {
  readonly tenant: string;
  readonly version: number;
  readonly createdAt: Date;
  readonly updatedAt: Date;
  readonly state: Prisma.JsonValue;
}

/** Of such a table, by the names above. */
export const STREAM_COLUMNS = 'tenant, version, created_at as "createdAt", updated_at as "updatedAt", state';

export const streamOf = <State>({
  tenant,
  version,
  createdAt,
  updatedAt,
  state,
}: StreamRow): Stream<State> => ({
  tenant,
  version,
  createdAt: createdAt.toISOString(),
  updatedAt: updatedAt.toISOString(),
  state: state as State,
});
