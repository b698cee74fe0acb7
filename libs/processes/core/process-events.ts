import type { DomainEvent } from '#libs/kernel';

/** A command as events hold it: its payload is JSON, so that the schema fits every target. */
export interface RecordedCommand {
  readonly commandId: string;
  readonly key: string;
  readonly target: string;
  readonly name: string;
  readonly payload: string;
}

export interface RecordedTimer {
  readonly name: string;
  readonly dueAt: string;
}

/** One step of a process: what came in, and what goes out. */
export interface ProcessStep {
  readonly processId: string;
  readonly process: string;
  readonly orderId: string | null;
  readonly customerId: string | null;
  readonly currency: string | null;
  readonly total: number | null;
  /** When the input came in. */
  readonly at: string;
  /** The input in a few words. */
  readonly trigger: string;
  /** The whole input, as JSON. */
  readonly input: string;
  readonly commands: readonly RecordedCommand[];
  /** Ids of commands whose answers no longer matter. */
  readonly withdrawn: readonly string[];
  readonly timersSet: readonly RecordedTimer[];
  readonly timersCleared: readonly string[];
  readonly error: string | null;
}

export type ProcessEvent = DomainEvent<
  'process.started' | 'process.advanced' | 'process.completed' | 'process.compensated' | 'process.stuck',
  ProcessStep
>;
