import { readFileSync } from 'node:fs';

const SHOWN_LINES = 20;

/** A problem the user can fix. Shown without a stack trace, with the end of the log concerned. */
export class LaunchFailure extends Error {
  /**
   * @param {string} message
   * @param {string} [logFile]
   */
  constructor(message, logFile) {
    super(message);
    this.name = 'LaunchFailure';
    this.logFile = logFile;
  }
}

/**
 * @param {unknown} error
 * @returns {string}
 */
export function explain(error) {
  if (error instanceof LaunchFailure) {
    return error.logFile ? `${error.message}\n${endOf(error.logFile)}` : error.message;
  }
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** @param {string} logFile */
function endOf(logFile) {
  const lines = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-SHOWN_LINES);
  return [`The end of ${logFile}:`, ...lines.map((line) => `  | ${line}`)].join('\n');
}
