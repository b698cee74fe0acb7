import type { CommandRequest, CommandResult } from '#libs/event-store';

/** Where a process takes commands that others forward to it. Not for clients. */
export const FORWARDED_COMMANDS_PATH = '/internal/forwarded-commands';

/** Shows that the sender is one of us: the token that the receiver has put beside its URL in the database. */
export const PEER_TOKEN_HEADER = 'orderstream-peer-token';

/** Most commands in a request. */
export const MAX_FORWARDED = 500;

export interface ForwardedCommand {
  readonly topic: string;
  readonly request: CommandRequest<unknown>;
  /** Until nobody waits for the answer any more. A duration, since clocks differ. Milliseconds. */
  readonly timeLeftMs: number;
}

/** What came of it: a result, or why there is none. */
export type ForwardedAnswer =
  | { readonly kind: 'result'; readonly result: CommandResult<unknown> }
  /** `leaving`: the process is stopping, and owns nothing any more. */
  | { readonly kind: 'not-owner' | 'leaving' | 'outcome-unknown' }
  | { readonly kind: 'unavailable' | 'failed'; readonly message: string };
