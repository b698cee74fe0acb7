import { hostname, userInfo } from 'node:os';
import type { ActName, BegunAct } from '#libs/audit/core';
import { AuditOutbox } from '#libs/audit/postgres';
import { newId } from '#libs/kernel';
import type { Settings } from '#libs/platform';
import type { PooledPrisma } from '#libs/postgres';
import { withDatabase } from './resources.js';

/** How often a command that takes long says that it still goes on. */
const KEEP_OPEN_MS = 60_000;

interface CliAct {
  readonly act: ActName;
  /** Such as `keys create`, without arguments. */
  readonly command: string;
  /** The tenant that it is done for. */
  readonly tenant?: string;
  /** What it is done to. */
  readonly object?: { readonly kind: string; readonly id: string };
}

/** An act of whoever runs this command line. */
export function cliAct({ act, command, tenant, object }: CliAct): BegunAct {
  const user = `${userName()}@${hostname()}`;
  return {
    actId: newId(),
    act,
    actor: user,
    actorKind: 'command-line',
    tenant: tenant ?? null,
    objectKind: object?.kind ?? null,
    objectId: object?.id ?? null,
    route: `orderstream ${command}`,
    from: user,
    requestId: null,
  };
}

/** A container may run as a user without a name. */
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid-${process.getuid?.() ?? 'unknown'}`;
  }
}

/**
 * Does what has to be recorded: notes the act first, so that nothing is done that cannot be recorded, and then its outcome.
 * @param work returns `false` if there was nothing to do
 */
export const audited = (
  settings: Settings,
  act: CliAct,
  work: (prisma: PooledPrisma) => Promise<boolean | void>,
): Promise<void> =>
  withDatabase(settings, async (prisma) => {
    const outbox = new AuditOutbox(prisma.pool);
    const begun = cliAct(act);
    const { actId } = begun;
    await outbox.begin(begun);
    const timer = setInterval(() => void outbox.keepOpen(actId).catch(() => undefined), KEEP_OPEN_MS).unref();
    try {
      const isDone = await work(prisma);
      await outbox.end(actId, { outcome: isDone === false ? 'refused' : 'succeeded', status: null });
    } catch (error) {
      // The error is what the user has to see. Without an outcome, the act is recorded as unknown.
      await outbox.end(actId, { outcome: 'failed', status: null }).catch(() => undefined);
      throw error;
    } finally {
      clearInterval(timer);
    }
  });
