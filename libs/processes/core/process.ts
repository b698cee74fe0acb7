import type { ProcessCommand } from './process-commands.js';
import type { Ending, JsonData, Subject } from './process-definition.js';

/** What a process is doing:
 *
 *   (first event) ──► running ◄──answer, event, timer──► waiting
 *                       │ ▲                                │
 *            no answer  ▼ │ answer, retry                  ▼ the plan says so
 *                      stuck                    completed, compensated
 */
export const PROCESS_STATES = ['running', 'waiting', 'stuck', 'completed', 'compensated'] as const;
export type ProcessState = (typeof PROCESS_STATES)[number];

/** A command without an answer. */
export interface OpenCommand {
  readonly key: string;
  readonly target: string;
  readonly payload: { readonly type: string };
  /** The event that led to it. */
  readonly causationId: string | null;
  /** When it was first sent, in milliseconds since 1970. */
  readonly since: number;
}

/** A line of a process's story. */
export interface StoryLine {
  readonly at: string;
  readonly trigger: string;
  /** Keys of the commands that were sent. */
  readonly sent: readonly string[];
  readonly error?: string;
}

/** Steps that a process shows; the log has all of them. */
export const MAX_STEPS = 100;

export interface ExistingProcess extends Subject {
  readonly processId: string;
  /** The definition's name. */
  readonly process: string;
  readonly correlationId: string;
  readonly causationId: string | null;
  /** The trace context of the event that it has handled last, for what happens later than right after it. */
  readonly traceparent?: string;
  readonly facts: JsonData;
  /** By command id. */
  readonly open: Readonly<Record<string, OpenCommand>>;
  /** Milliseconds since 1970, by name. */
  readonly timers: Readonly<Record<string, number>>;
  /** The version up to which the events of each other stream have been handled. */
  readonly seen: Readonly<Record<string, number>>;
  readonly ended: Ending | null;
  /** Why it is stuck. */
  readonly error: string | null;
  /** Inputs that its definition failed on, and those that came after them. A retry handles them. */
  readonly deferred: readonly ProcessCommand[];
  /** When the last input came in, in milliseconds since 1970. */
  readonly progressAt: number;
  /** The newest {@link MAX_STEPS}. */
  readonly steps: readonly StoryLine[];
}

export type Process = { readonly processId: '' } | ExistingProcess;

export const exists = (process: Process): process is ExistingProcess => process.processId !== '';

export function stateOf({ ended, error, open }: ExistingProcess): ProcessState {
  if (error !== null) return 'stuck';
  if (ended) return ended;
  return Object.keys(open).length > 0 ? 'running' : 'waiting';
}

/** Later than any time. */
export const NEVER = Number.MAX_SAFE_INTEGER;

/** When the next timer is due, in milliseconds since 1970. */
export const nextTimerAt = ({ timers }: ExistingProcess): number => Math.min(NEVER, ...Object.values(timers));

/** The open commands by id, without those whose answer is there and waits for a retry. */
export function unanswered({ open, deferred }: ExistingProcess): readonly (readonly [string, OpenCommand])[] {
  const answered = new Set(deferred.map((input) => input.type === 'handle-answer' && input.commandId));
  return Object.entries(open).filter(([commandId]) => !answered.has(commandId));
}

/** Since when a command has gone unanswered, in milliseconds since 1970. */
export const unansweredSince = (process: ExistingProcess): number =>
  unanswered(process).length > 0 ? process.progressAt : NEVER;
