import type { Socket } from 'node:net';

/** Headers and what is received of a body are far less; chunk extensions and trailers are counted nowhere else. */
const MAX_BYTES = 262_144;

export class AnswerTooLongError extends Error {
  override readonly name = 'AnswerTooLongError';
}

/**
 * Closes the connection over which more has come since the last request than any answer needs. One that goes on and on
 * with what is neither header nor body would keep us busy until the time-out.
 */
export function boundAnswers(socket: Socket): void {
  let written = socket.bytesWritten;
  let before = socket.bytesRead;
  socket.on('readable', () => {
    if (socket.bytesWritten !== written) {
      written = socket.bytesWritten;
      before = socket.bytesRead - socket.readableLength;
    }
    if (socket.bytesRead - before > MAX_BYTES)
      socket.destroy(new AnswerTooLongError('the answer does not end'));
  });
}
