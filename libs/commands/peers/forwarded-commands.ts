import {
  CommandOutcomeUnknownError,
  type CommandRequest,
  type CommandResult,
  CommandShareError,
  CommandUnavailableError,
  NotOwnerError,
} from '#libs/event-store/core';

/** Path of the forwarding endpoint. Not for clients. */
export const FORWARDED_COMMANDS_PATH = '/internal/forwarded-commands';

export const MAX_FORWARDED = 500;

export interface ForwardedCommand {
  readonly topic: string;
  readonly request: CommandRequest<unknown>;
  /** Milliseconds until the caller gives up. A duration, because clocks differ. */
  readonly timeLeftMs: number;
}

export type ForwardedAnswer =
  | { readonly kind: 'result'; readonly result: CommandResult<unknown> }
  /** `leaving`: the process is shutting down and owns nothing. */
  | { readonly kind: 'not-owner' | 'leaving' | 'outcome-unknown' }
  | { readonly kind: 'unavailable' | 'share-used-up' | 'failed'; readonly message: string };

/** @param leaving whether this process is shutting down */
export function failureAnswer(error: unknown, leaving: boolean): ForwardedAnswer {
  if (error instanceof NotOwnerError) return { kind: leaving ? 'leaving' : 'not-owner' };
  if (error instanceof CommandOutcomeUnknownError) return { kind: 'outcome-unknown' };
  // The caller makes the error anew, which completes the message.
  if (error instanceof CommandShareError) return { kind: 'share-used-up', message: error.why };
  if (error instanceof CommandUnavailableError) return { kind: 'unavailable', message: error.why };
  return { kind: 'failed', message: (error as Error).message };
}
