export { CURSOR, MAX_CURSOR_LENGTH, encodeLogCursor } from './log-cursor.js';
export { poll } from './long-poll.js';
export type { TailWatch } from './event-readers.js';
