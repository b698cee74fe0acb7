/** After this time every read model has a change, unless it has stopped; then its answers are better than none. */
const AWAITED_MS = 10_000;

let written: { readonly position: string; readonly at: number } | undefined;

/** Remembers where a change of this page is in the log. */
export function noteWritten(position: string | null): void {
  if (position !== null) written = { position, at: Date.now() };
}

/** Asks for an answer that includes the last change of this page. */
export const ownWrites = (): Record<string, string> =>
  written && Date.now() - written.at < AWAITED_MS ? { 'Orderstream-Position': written.position } : {};
