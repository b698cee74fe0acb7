/**
 * Times and request ids that the load program and the app share. Times come from the machine's monotonic clock: all
 * processes and V8's profiler read the same one, and nobody sets it.
 */
export const ORIGIN = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** @returns {number} milliseconds */
export const now = () => ORIGIN + performance.now();

/** Every id starts with it, so that one search through a message finds all ids in it. */
const MARK = '51035103';
/** The length of a trace id: the product passes such a request id on to webhooks unchanged. */
const ID_LENGTH = 32;
const DIGITS = (ID_LENGTH - MARK.length) / 2;
const run = Date.now().toString(16).padStart(DIGITS, '0');
let made = 0;

/** @returns {string} unique across runs, since the log keeps the events of earlier ones */
export const newTracedId = () => `${MARK}${run}${(made++).toString(16).padStart(DIGITS, '0')}`;

/** @param {unknown} id @returns {id is string} */
export const isTracedId = (id) => typeof id === 'string' && id.length === ID_LENGTH && id.startsWith(MARK);

/** The trace id in a W3C `traceparent`. @param {unknown} header @returns {string} */
export const idInTraceparent = (header) => String(header).slice(3, 3 + ID_LENGTH);

/** @param {Buffer} bytes @returns {string[]} */
export function tracedIdsIn(bytes) {
  const ids = [];
  for (let at = bytes.indexOf(MARK); at >= 0; at = bytes.indexOf(MARK, at + ID_LENGTH))
    ids.push(bytes.toString('latin1', at, at + ID_LENGTH));
  return ids;
}
