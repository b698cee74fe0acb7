import type { TargetAnswer, OpenCommand } from '../core/index.js';

/** A command on its way to its target. */
export interface DispatchedCommand {
  readonly commandId: string;
  readonly payload: OpenCommand['payload'];
  readonly tenant: string;
  /** The process that sends it, as the actor of what follows. */
  readonly actor: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  /** The trace context of the attempt. */
  readonly traceparent: string | null;
  /**
   * As far as this process knows, it was never sent before. One that stood still since may have been overtaken by another
   * owner, so this spares no look at what is recorded.
   */
  readonly isFirst: boolean;
}

/**
 * Carries out the commands of processes. The same command may come again, also at the same time, and must have its effect
 * once.
 * @throws when there is no answer, because something is unavailable; the command then comes again
 */
export type ProcessTarget = (command: DispatchedCommand) => Promise<TargetAnswer>;

/** By the names that commands use. */
export type ProcessTargets = Readonly<Record<string, ProcessTarget>>;
