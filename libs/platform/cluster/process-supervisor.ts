import cluster, { type Worker } from 'node:cluster';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Logger, pino } from 'pino';
import type { Settings } from '../settings/settings.js';
import {
  PROCESS_NUMBER,
  type ProcessMessage,
  type SiblingAddress,
  type SiblingsMessage,
} from './messages.js';

/** As a restarting supervisor of the whole system would: see tools/launcher/supervision/kept-process.mjs. */
const MOST_ENDS = 5;
const WITHIN_MS = 60_000;
const FIRST_PAUSE_MS = 500;

/** A process cuts its own stop off before. */
const KILL_SLACK_MS = 6_000;
const STOP_SIGNALS = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;

/**
 * Starts the processes that share a port, restarts those that end by themselves, and stops them together. It runs no part
 * of the app. The processes stop by themselves should it be killed.
 */
export class ProcessSupervisor {
  readonly #workers = new Map<number, Worker>();
  readonly #addresses = new Map<number, SiblingAddress>();
  /** Numbers of the processes that were ready at least once. */
  readonly #started = new Set<number>();
  readonly #ends = new Map<number, number[]>();
  readonly #logger: Logger;
  #stopSignal: NodeJS.Signals | undefined;
  #failed = false;

  constructor(private readonly settings: Pick<Settings, 'processes' | 'logLevel' | 'http' | 'kafka'>) {
    this.#logger = pino({ level: settings.logLevel, base: { context: 'Supervisor' } });
  }

  start(): void {
    // The system's own way of sharing a port gives most connections to a few processes.
    cluster.schedulingPolicy = cluster.SCHED_RR;
    for (const signal of STOP_SIGNALS) process.on(signal, () => this.#stop(signal));
    for (let number = 1; number <= this.settings.processes; number++) this.#launch(number);
  }

  #launch(number: number): void {
    const worker = cluster.fork({
      // Brokers begin the ids of group members with it, so it decides which partitions a process gets.
      KAFKA_CLIENT_ID: `${this.settings.kafka.clientId}-${number}`,
      PROCESSES: String(this.settings.processes),
      [PROCESS_NUMBER]: String(number),
    });
    this.#workers.set(number, worker);
    this.#logger.info({ process: number, pid: worker.process.pid }, 'process started');
    // Without a listener, a message to a process that has just been killed would end the supervisor.
    worker.on('error', (err) => this.#logger.warn({ process: number, err }, 'process cannot be reached'));
    worker.on('message', (message: ProcessMessage) => this.#told(number, message));
    worker.once('exit', (code, signal) => void this.#ended(number, signal ?? `exit code ${code}`));
  }

  #told(number: number, message: ProcessMessage): void {
    if (message.kind === 'start-failed') return this.#startFailed(number, message.reason);
    if (message.kind !== 'ready') return;
    this.#started.add(number);
    this.#addresses.set(number, message.address);
    this.#tellAll();
  }

  /** Trying again would not mend what is wrong at the first start. */
  #startFailed(number: number, reason: string): void {
    if (this.#stopSignal || this.#failed) return;
    if (this.#started.has(number)) {
      this.#logger.error({ process: number }, reason);
      return;
    }
    process.stderr.write(reason);
    this.#giveUp();
  }

  async #ended(number: number, how: string): Promise<void> {
    this.#workers.delete(number);
    this.#addresses.delete(number);
    this.#tellAll();
    if (this.#stopSignal || this.#failed) return this.#exitIfLast();
    if (!this.#started.has(number))
      return this.#startFailed(number, `Process ${number} ended before it was ready (${how}).\n`);
    const ends = [...(this.#ends.get(number) ?? []), performance.now()];
    this.#ends.set(number, ends);
    const pauseMs = pauseAfter(ends);
    if (pauseMs === undefined) {
      this.#logger.fatal({ process: number, how }, 'process ended too often; everything stops');
      return this.#giveUp();
    }
    this.#logger.error({ process: number, how, pauseMs }, 'process ended by itself; it is started again');
    await sleep(pauseMs);
    if (!this.#stopSignal && !this.#failed) this.#launch(number);
  }

  #tellAll(): void {
    const message: SiblingsMessage = { kind: 'siblings', addresses: [...this.#addresses.values()] };
    for (const worker of this.#workers.values()) if (worker.isConnected()) worker.send(message);
  }

  #giveUp(): void {
    this.#failed = true;
    this.#stopAll('SIGTERM');
  }

  #stop(signal: NodeJS.Signals): void {
    if (this.#stopSignal) return;
    this.#stopSignal = signal;
    this.#stopAll(signal);
  }

  #stopAll(signal: NodeJS.Signals): void {
    for (const worker of this.#workers.values()) worker.process.kill(signal);
    setTimeout(() => {
      this.#failed = true;
      for (const worker of this.#workers.values()) worker.process.kill('SIGKILL');
    }, this.settings.http.shutdownTimeoutMs + KILL_SLACK_MS).unref();
    this.#exitIfLast();
  }

  /** Ends by the signal that stopped it, as a single process does. */
  #exitIfLast(): void {
    if (this.#workers.size > 0) return;
    if (this.#failed || !this.#stopSignal) process.exit(1);
    process.removeAllListeners(this.#stopSignal);
    process.kill(process.pid, this.#stopSignal);
  }
}

/**
 * The pause before a process that ended is started again; `undefined` if it ended too often.
 * @param ends times of its ends, in milliseconds; the last is now
 */
export function pauseAfter(ends: readonly number[]): number | undefined {
  const now = ends.at(-1) ?? 0;
  const recent = ends.filter((end) => now - end < WITHIN_MS).length;
  return recent >= MOST_ENDS ? undefined : FIRST_PAUSE_MS * 2 ** (Math.max(1, recent) - 1);
}
