/** Tells a process its number, from 1. Set by the supervisor alone. */
export const PROCESS_NUMBER = 'ORDERSTREAM_PROCESS_NUMBER';

/** Where one of several processes listens for the others. */
export interface SiblingAddress {
  readonly number: number;
  /** Authenticates the others at this process, in the header {@link PEER_TOKEN_HEADER}. */
  readonly token: string;
  /** On the loopback interface. */
  readonly url: string;
}

/** From a process to its supervisor. */
export type ProcessMessage =
  | { readonly kind: 'ready'; readonly address: SiblingAddress }
  | { readonly kind: 'start-failed'; readonly reason: string };

/** From the supervisor to all processes, whenever one starts or ends: the addresses of all. */
export interface SiblingsMessage {
  readonly kind: 'siblings';
  readonly addresses: readonly SiblingAddress[];
}
