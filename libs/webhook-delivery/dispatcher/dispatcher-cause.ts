import type { ProcessCause } from '#libs/commands';
import { newId } from '#libs/kernel';

/** The cause of a command that a dispatcher sends by itself. */
export function dispatcherCause(tenant: string): ProcessCause {
  const id = newId();
  return { tenant, actor: 'webhook-dispatcher', commandId: id, correlationId: id, causationId: null };
}
