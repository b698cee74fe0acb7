import type { Aggregate } from '#libs/event-store/core';
import type { Settings } from '#libs/platform';
import type {
  AnyProcessDefinition,
  Process,
  ProcessCommand,
  ProcessEvent,
  ProcessRejection,
} from '../core/index.js';

export type ProcessAggregate = Aggregate<Process, ProcessCommand, ProcessEvent, ProcessRejection>;

/** The processes that an app runs. */
export interface ProcessingOptions {
  readonly aggregate: ProcessAggregate;
  readonly definitions: readonly AnyProcessDefinition[];
  /** The settings that processes begin with. */
  readonly policyOf: (settings: Settings) => unknown;
}

/** Injection token of {@link ProcessingOptions}. */
export const PROCESSING = Symbol('processing');

/** Injection token of the targets of their commands. */
export const PROCESS_TARGETS = Symbol('process-targets');
