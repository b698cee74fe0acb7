/** With more events than these at once nobody can read along, and the page would draw all the time: it then waits longer. */
const MOST_READ_ALONG = 25;
const CROWDED_EVERY_MS = 1_000;

/** Whether events that wait are drawn now. @param sinceMs the last time */
export const isTimeToDraw = (waiting: number, sinceMs: number): boolean =>
  waiting > 0 && (waiting <= MOST_READ_ALONG || sinceMs >= CROWDED_EVERY_MS);
