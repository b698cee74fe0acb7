import { systemClock } from '#libs/kernel';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { Client } from 'pg';
import { CHECKPOINT_CHANNEL } from './projection.store.js';

/** A dead connection may go unnoticed, so it is probed at this interval. */
const KEEPALIVE_MS = 10_000;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;
/** A hanging server never confirms the end of a connection. */
const CLOSE_WITHIN_MS = 500;

export interface NoticeOptions {
  readonly url: string;
  /** Longest wait for the connection and for a statement, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * Reports that a checkpoint may have moved. Listens on its own connection, and reconnects after losing it. Notices are
 * hints: those missed during an outage become one notice afterwards, and behind a session pooler none arrive.
 */
export class CheckpointNotices {
  readonly #logger = new Logger(CheckpointNotices.name);
  readonly #stop = new AbortController();
  #failures = 0;
  #ended: Promise<void> | undefined;

  constructor(
    private readonly options: NoticeOptions,
    private readonly tell: () => void,
  ) {}

  start(): void {
    this.#ended ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await this.#listen();
      } catch (error) {
        this.#failed(error as Error);
      }
      await systemClock.sleep(Math.min(FIRST_PAUSE_MS * 2 ** this.#failures, MAX_PAUSE_MS), signal);
    }
  }

  /** Listens until stopped. @throws if the connection is lost */
  async #listen(): Promise<void> {
    const { url, timeoutMs } = this.options;
    const client = new Client({
      connectionString: url,
      connectionTimeoutMillis: timeoutMs,
      query_timeout: timeoutMs,
      keepAlive: true,
      application_name: CHECKPOINT_CHANNEL,
    });
    const lost = new AbortController();
    client.on('error', (error) => lost.abort(error));
    client.on('end', () => lost.abort(new Error('the connection was closed')));
    client.on('notification', this.tell);
    const ended = AbortSignal.any([this.#stop.signal, lost.signal]);
    try {
      await client.connect();
      await client.query(`listen ${CHECKPOINT_CHANNEL}`);
      this.#succeeded();
      while (!ended.aborted) {
        await systemClock.sleep(KEEPALIVE_MS, ended);
        if (!ended.aborted) await client.query('select 1');
      }
      if (!this.#stop.signal.aborted) lost.signal.throwIfAborted();
    } finally {
      await close(client);
    }
  }

  #succeeded(): void {
    if (this.#failures > 0) this.#logger.log('listening for checkpoints again');
    this.#failures = 0;
    this.tell();
  }

  #failed(error: Error): void {
    if (this.#failures++ === 0) this.#logger.warn(`cannot listen for checkpoints: ${error.message}`);
  }
}

async function close(client: Client): Promise<void> {
  await Promise.race([
    client.end().catch(() => undefined),
    sleep(CLOSE_WITHIN_MS, undefined, { ref: false }),
  ]);
  client.connection.stream.destroy();
}
