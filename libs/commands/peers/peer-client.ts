import { Logger } from '@nestjs/common';
import { type buildConnector, Pool } from 'undici';
import { CommandOutcomeUnknownError, NotOwnerError } from '#libs/event-store/core';
import {
  type ForwardedAnswer,
  type ForwardedCommand,
  FORWARDED_COMMANDS_PATH,
  MAX_FORWARDED,
} from './forwarded-commands.js';
import { PEER_TOKEN_HEADER } from '#libs/platform';

const MAX_BYTES = 1_000_000;
const CONNECTIONS = 8;
/** For a connection to a peer. */
export const PEER_CONNECT_MS = 500;
/** Network allowance on top of the command's time. */
const SLACK_MS = 500;

/** There is no connection, so nothing was sent on it. */
class NotConnectedError extends Error {
  override readonly name = 'NotConnectedError';
}

/** What undici says of a client that was closed before it sent anything. */
const CLOSED = 'UND_ERR_CLOSED';

interface Waiting {
  readonly command: ForwardedCommand;
  readonly resolve: (answer: ForwardedAnswer) => void;
  readonly reject: (error: Error) => void;
}

/** Sends commands to one peer. Commands that arrive together share a request; none is sent twice. */
export class PeerClient {
  readonly #pool: Pool;
  #waiting: Waiting[] = [];

  readonly #logger = new Logger(PeerClient.name);
  #warned: string | undefined;

  constructor(
    private readonly url: string,
    private readonly token: string,
    connect: buildConnector.connector,
  ) {
    this.#pool = new Pool(url, {
      connections: CONNECTIONS,
      connect: (target, callback) =>
        connect(target, (...[error, socket]) =>
          error ? callback(this.#notConnected(error), null) : callback(null, socket),
        ),
    });
  }

  /** @throws NotOwnerError if the command certainly did not arrive, CommandOutcomeUnknownError if it may have */
  send(command: ForwardedCommand): Promise<ForwardedAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.push({ command, resolve, reject }) === 1) setImmediate(() => this.#flush());
    });
  }

  /** Resolves once all sent commands are answered. */
  async close(): Promise<void> {
    await this.#pool.close();
  }

  #flush(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    let batch: Waiting[] = [];
    let bytes = 0;
    for (const each of waiting) {
      if (batch.length >= MAX_FORWARDED || bytes > MAX_BYTES) {
        void this.#post(batch);
        batch = [];
        bytes = 0;
      }
      batch.push(each);
      bytes += each.command.request.bytes;
    }
    void this.#post(batch);
  }

  async #post(batch: readonly Waiting[]): Promise<void> {
    try {
      const longest = Math.max(...batch.map(({ command }) => command.timeLeftMs)) + SLACK_MS;
      const { statusCode, body } = await this.#pool.request({
        method: 'POST',
        path: FORWARDED_COMMANDS_PATH,
        headers: { 'content-type': 'application/json', [PEER_TOKEN_HEADER]: this.token },
        body: JSON.stringify(batch.map(({ command }) => command)),
        headersTimeout: longest,
        bodyTimeout: longest,
      });
      if (statusCode !== 200) {
        await body.dump();
        // 404 means an unknown token: another process now listens there, and it executed nothing.
        throw statusCode === 404 ? new NotOwnerError() : new CommandOutcomeUnknownError();
      }
      const answers = (await body.json()) as ForwardedAnswer[];
      if (answers.length !== batch.length) throw new CommandOutcomeUnknownError();
      batch.forEach(({ resolve }, index) => resolve(answers[index] as ForwardedAnswer));
    } catch (error) {
      const notSent =
        error instanceof NotOwnerError ||
        error instanceof NotConnectedError ||
        (error as { code?: string }).code === CLOSED;
      const failure = notSent ? new NotOwnerError() : new CommandOutcomeUnknownError();
      for (const { reject } of batch) reject(failure);
    }
  }

  /** A peer that has stopped is nothing to report, unlike a certificate that nobody trusts. */
  #notConnected(cause: Error): NotConnectedError {
    const { message } = cause;
    const isStopped = (cause as { code?: string }).code === 'ECONNREFUSED';
    if (!isStopped && this.#warned !== message)
      this.#logger.warn({ err: cause, url: this.url }, 'a command process cannot be reached');
    this.#warned = message;
    return new NotConnectedError(message, { cause });
  }
}
