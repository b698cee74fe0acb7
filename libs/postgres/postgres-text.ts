/**
 * Text that Postgres can store: it cannot store NUL. The API refuses NUL, but an event that contains one must not stop a
 * projection.
 */
export const withoutNul = (text: string): string => text.replaceAll('\0', '');
