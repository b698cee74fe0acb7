/**
 * Text that Postgres can hold: NUL, which it cannot, is left out. Clients are not let in with one; but whatever is in
 * the log must not stop a projection.
 */
export const withoutNul = (text: string): string => text.replaceAll('\0', '');
