import type { Socket } from 'node:net';
import { InterimAnswers } from './interim-answers.js';

/** Far above the limits on headers and body. Only this counts chunk extensions, trailers and interim answers. */
const MAX_ANSWER_BYTES = 262_144;

/**
 * Undici receives pieces of at most this size, because it checks only between pieces whether the connection is closed.
 * Past its header limit it creates an error for each further header, and a large piece holds thousands.
 */
const MAX_PIECE_BYTES = 1_024;
const NOTHING = Buffer.alloc(0);

export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError';
}

const lostUnanswered = new WeakSet<object>();

/**
 * Returns true if the error ended a reused connection after a request was written and before a byte of its answer came.
 * That happens when a server closes an idle connection just as it is used again: the endpoint may never have seen the
 * request.
 */
export const wasLostUnanswered = (error: unknown): boolean =>
  typeof error === 'object' && error !== null && lostUnanswered.has(error);

/**
 * Filters what undici reads from a connection: removes interim answers, closes a connection whose answer does not end, and
 * records when a reused connection is lost before it answers.
 */
export function watchConnection(socket: Socket): void {
  const interim = new InterimAnswers();
  const read = socket.read.bind(socket) as (size?: number) => Buffer | null;
  /** Bytes written up to the request whose answer was read last. */
  let written = socket.bytesWritten;
  let isReused = false;
  let answerBegan = socket.bytesRead;
  let received = socket.bytesRead;

  const isAnswerAwaited = (): boolean => socket.bytesWritten !== written;

  /** Returns the next bytes of the answer, or `null` if none have arrived. @throws when the answer is too long */
  const readAnswer = (size?: number): Buffer | null => {
    for (;;) {
      const chunk = read(size);
      if (chunk === null) return null;
      if (isAnswerAwaited()) {
        answerBegan = received;
        written = socket.bytesWritten;
        isReused = true;
        interim.expectAnswer();
      }
      received += chunk.length;
      if (received - answerBegan > MAX_ANSWER_BYTES) throw new AnswerTooLongError('the answer does not end');
      const rest = interim.remove(chunk);
      if (rest.length > 0) return rest;
    }
  };

  let left: Buffer = NOTHING;
  socket.read = (size?: number): Buffer | null => {
    // Node calls `read(0)` to start receiving and drops the result.
    if (size === 0) return read(0);
    if (socket.destroyed) return null;
    try {
      if (left.length === 0) left = readAnswer(size) ?? NOTHING;
    } catch (error) {
      socket.destroy(error as Error);
      return null;
    }
    if (left.length === 0) return null;
    const piece = left.subarray(0, MAX_PIECE_BYTES);
    left = left.subarray(piece.length);
    return piece;
  };
  socket.on('error', (error: Error) => {
    if (isReused && isAnswerAwaited() && socket.bytesRead === received) lostUnanswered.add(error);
  });
}
