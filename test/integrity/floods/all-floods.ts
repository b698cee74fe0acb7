import type { Flood } from './flood.js';
import { GREEDY_FLOODS } from './greedy-floods.js';
import { KEYLESS_FLOODS } from './keyless-floods.js';
import { TENANT_FLOODS } from './tenant-floods.js';

export const ALL_FLOODS: readonly (readonly [kind: string, flood: Flood])[] = [
  ...KEYLESS_FLOODS.map((flood) => ['keyless', flood] as const),
  ...Object.values(TENANT_FLOODS).map((flood) => ['tenant', flood] as const),
  ...GREEDY_FLOODS.map((flood) => ['greedy', flood] as const),
];
