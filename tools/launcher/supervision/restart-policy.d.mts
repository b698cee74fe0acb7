/** Only for specs, which are TypeScript: see `restart-policy.mjs`. */
export interface RestartPolicy {
  readonly most: number;
  readonly withinMs: number;
  readonly firstPauseMs: number;
}

export type AfterEnd =
  | { readonly kind: 'restart'; readonly pauseMs: number }
  | { readonly kind: 'stay-down'; readonly ends: number };

export const RESTART_POLICY: RestartPolicy;
export function afterEnd(ends: readonly number[], policy?: RestartPolicy): AfterEnd;
