import type { CommandRequest, CommandResult } from '#libs/event-store/core';

/** Path of the forwarding endpoint. Not for clients. */
export const FORWARDED_COMMANDS_PATH = '/internal/forwarded-commands';

/** Authenticates peers: the receiver published this token beside its URL in the database. */
export const PEER_TOKEN_HEADER = 'orderstream-peer-token';

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
  | { readonly kind: 'unavailable' | 'failed'; readonly message: string };
