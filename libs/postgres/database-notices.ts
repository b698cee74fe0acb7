import { setTimeout as sleep } from 'node:timers/promises';
import { Logger, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import { systemClock } from '#libs/kernel';
import type { Prisma } from './generated/client.js';

/** What the connection is called in Postgres. */
export const NOTICES_CONNECTION = 'orderstream notices';

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

/** Sends a notice, which reaches the listening processes once the transaction is committed. */
export const notify = (
  transaction: Pick<Prisma.TransactionClient, '$executeRaw'>,
  channel: string,
  payload = '',
): Promise<unknown> => transaction.$executeRaw`select pg_notify(${channel}, ${payload})`;

/** @param payload of the notice; `undefined` if notices may have been missed. Must not throw. */
export type NoticeListener = (payload: string | undefined) => void;

/**
 * Listens for `NOTIFY` on one connection for the whole process, and reconnects after losing it. Notices are hints: those
 * missed during an outage become one without a payload afterwards, and behind a session pooler none arrive.
 */
export class DatabaseNotices implements OnApplicationBootstrap, OnApplicationShutdown {
  readonly #logger = new Logger(DatabaseNotices.name);
  readonly #stop = new AbortController();
  readonly #listeners = new Map<string, NoticeListener[]>();
  #failures = 0;
  #isListening = false;
  #ended: Promise<void> | undefined;

  constructor(private readonly options: NoticeOptions) {}

  /** Whether notices arrive now, as far as is known. */
  get isListening(): boolean {
    return this.#isListening;
  }

  /** Call it before the app starts. @param channel a lower-case word */
  listen(channel: string, listener: NoticeListener): void {
    if (this.#ended) throw new Error(`${channel} comes too late: the app has started`);
    this.#listeners.set(channel, [...(this.#listeners.get(channel) ?? []), listener]);
  }

  onApplicationBootstrap(): void {
    if (this.#listeners.size > 0) this.#ended ??= this.#run();
  }

  async onApplicationShutdown(): Promise<void> {
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
      application_name: NOTICES_CONNECTION,
    });
    const lost = new AbortController();
    client.on('error', (error) => lost.abort(error));
    client.on('end', () => lost.abort(new Error('the connection was closed')));
    client.on('notification', ({ channel, payload }) => this.#tell(channel, payload ?? ''));
    const ended = AbortSignal.any([this.#stop.signal, lost.signal]);
    try {
      await client.connect();
      await client.query([...this.#listeners.keys()].map((channel) => `listen ${channel}`).join('; '));
      this.#succeeded();
      while (!ended.aborted) {
        await systemClock.sleep(KEEPALIVE_MS, ended);
        if (!ended.aborted) await client.query('select 1');
      }
      if (!this.#stop.signal.aborted) lost.signal.throwIfAborted();
    } finally {
      this.#isListening = false;
      await close(client);
    }
  }

  #tell(channel: string, payload: string | undefined): void {
    for (const listener of this.#listeners.get(channel) ?? []) listener(payload);
  }

  #succeeded(): void {
    if (this.#failures > 0) this.#logger.log('listening for notices of the database again');
    this.#failures = 0;
    this.#isListening = true;
    for (const channel of this.#listeners.keys()) this.#tell(channel, undefined);
  }

  #failed(error: Error): void {
    if (this.#failures++ === 0)
      this.#logger.warn(`cannot listen for notices of the database: ${error.message}`);
  }
}

async function close(client: Client): Promise<void> {
  await Promise.race([
    client.end().catch(() => undefined),
    sleep(CLOSE_WITHIN_MS, undefined, { ref: false }),
  ]);
  client.connection.stream.destroy();
}
