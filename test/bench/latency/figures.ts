import type { Figure } from '../report/report.js';
import type { ByRole, Idleness, Run } from './run.js';
import type { Role } from './system.js';

export const ROLES: readonly Role[] = ['app', 'Kafka', 'Postgres', 'registry', 'gateway', 'mail'];

export const sumOf = (byRole: ByRole): number =>
  Object.values(byRole).reduce((total, value) => total + value, 0);

export const taken: Figure<Run> = ({ loaded }) => loaded?.takenPerSecond;
export const delivered: Figure<Run> = ({ loaded }) =>
  loaded && loaded.deliveries > 0 ? loaded.deliveredPerSecond : undefined;
export const acknowledged =
  (share: 'p50' | 'p99'): Figure<Run> =>
  ({ loaded }) =>
    loaded?.acknowledged[share];
export const webhook =
  (share: 'p50' | 'p99'): Figure<Run> =>
  ({ loaded }) =>
    loaded && loaded.webhooks.count > 0 ? loaded.webhooks[share] : undefined;
export const secondsBehind: Figure<Run> = ({ loaded }) =>
  loaded?.behindMs === undefined ? undefined : loaded.behindMs / 1_000;

/** CPU microseconds of a role, or of all, for each. */
export const cpuFor =
  (each: 'orders' | 'deliveries', role?: Role): Figure<Run> =>
  ({ loaded, cpuMicros = {} }) => {
    const micros = role ? cpuMicros[role] : sumOf(cpuMicros);
    return micros && loaded && loaded[each] > 0 ? micros / loaded[each] : undefined;
  };

export const peakMib =
  (role?: Role): Figure<Run> =>
  ({ memory }) =>
    role ? memory?.peak[role] : memory?.peakOfAll;

/** Percent of a core that all take. */
export const percentOf = ({ share }: Idleness): number => sumOf(share) * 100;
