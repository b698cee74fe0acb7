import type { ActEnd, BegunAct } from '#libs/audit/core';

/** Injection token of the {@link ActLog}. An app whose routes are acts needs one. */
export const ACT_LOG = Symbol('act-log');

/** Keeps the acts that are requests until they are recorded. */
export interface ActLog {
  /** @throws if the act cannot be noted */
  begin(act: BegunAct): Promise<void>;
  end(actId: string, end: ActEnd): Promise<void>;
}
