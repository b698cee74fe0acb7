/** Errors are of any length; what tells them apart comes first. */
const MAX_READ = 500;
const MAX_CAUSE = 200;

/** Statuses of HTTP and SMTP say what is wrong, unlike all other numbers. */
const STATUS = /^\d{3}$/;
const BEFORE_STATUS = /(?:^|\b(?:status|http|answered|code)[ :]+)$/i;

/** What takes the place of a detail. Holds nothing that is a detail itself, so that a cause is its own cause. */
const DETAILS: readonly (readonly [RegExp, string])[] = [
  [/[\p{Cc}\s]+/gu, ' '],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '<id>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:\d\d)?/gi, '<time>'],
  [/\b[a-z][a-z-]*\/\d+@\d+/gi, '<position>'],
  [/[\p{L}\p{M}\p{N}.!#$%&'*+=?^_`{|}~-]+@[\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+/gu, '<mail address>'],
  [/\[[0-9a-f:]*:[0-9a-f:.]*\](?::\d+)?/gi, '<address>'],
  [/(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?(?![\w.])/g, '<address>'],
  // The port of a host.
  [/(?<=[a-z][\w.-]*):\d{1,5}\b/gi, ''],
  // Letters and digits in one long word: a token, or an id of somebody else.
  [/\b(?=\w*\d)(?=\w*[a-z])\w{8,}/gi, '<id>'],
];

/**
 * An error without what is special to one occurrence: ids, times, addresses, ports and numbers. Errors of one cause are equal
 * then. Statuses stay, and so do names of hosts. At most 200 characters; the cause of a cause is itself.
 */
export function causeOf(error: string): string {
  const short = error.slice(0, MAX_READ);
  const plain = DETAILS.reduce((text, [detail, stand]) => text.replaceAll(detail, stand), short);
  const cause = plain.replaceAll(/\d+(?:[.,]\d+)*/g, (number, at: number) =>
    STATUS.test(number) && BEFORE_STATUS.test(plain.slice(0, at)) ? number : '#',
  );
  return cause.trim().slice(0, MAX_CAUSE).trim() || 'unknown';
}
