import { Inject, Injectable, Logger } from '@nestjs/common';
import { Counter, Gauge, Histogram } from 'prom-client';
import { loggedTrace, Overload } from '#libs/platform';
import type { TargetAnswer } from '../core/index.js';
import type { SenderObserver } from './command-sender.js';

const labelNames = ['target', 'outcome'] as const;

const answers = new Histogram({
  name: 'orderstream_process_command_seconds',
  help: 'Time from an attempt to send a command of a process to its answer.',
  labelNames,
  buckets: [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
});
const failures = new Counter({
  name: 'orderstream_process_command_failures_total',
  help: 'Attempts to send a command of a process that got no answer.',
  labelNames: ['target'],
});
const refusals = new Counter({
  name: 'orderstream_process_inputs_refused_total',
  help: 'Events and answers that a process could not take. An operator should look at the log.',
});

/** The source of the gauges' values. Global, as metrics are. */
let observed: { readonly open: () => number; readonly stuck: () => number } = {
  open: () => 0,
  stuck: () => 0,
};

export const observeProcesses = (counts: typeof observed): void => {
  observed = counts;
};

/** Computed at each scrape. */
export const processGauges = [
  new Gauge({
    name: 'orderstream_process_commands_open',
    help: 'Commands that this process is sending.',
    collect() {
      this.set(observed.open());
    },
  }),
  new Gauge({
    name: 'orderstream_processes_stuck',
    help: 'Processes that make no progress, of all tenants; at most 10,000 are counted.',
    aggregator: 'max',
    collect() {
      this.set(observed.stuck());
    },
  }),
];

/** Logs and metrics of the process managers. Commands of clients wait while these are behind. */
@Injectable()
export class ProcessLog implements SenderObserver {
  readonly #logger = new Logger('ProcessManager');
  /** The last error of each target, so that an outage is logged once and not for each command. */
  readonly #faults = new Map<string, string>();

  constructor(@Inject(Overload) private readonly overload: Pick<Overload, 'observe'>) {}

  /** Events are handed over this long after they were appended. */
  feeding(lagMs: number): void {
    this.overload.observe('process-events', lagMs);
  }

  began(lagMs: number): void {
    this.overload.observe('process-commands', lagMs);
  }

  answered(target: string, outcome: TargetAnswer['outcome'], tookMs: number): void {
    answers.observe({ target, outcome }, tookMs / 1_000);
    if (this.#faults.delete(target)) this.#logger.log(`${target} answers again`);
  }

  failed(target: string, processId: string, key: string, error: Error, traceparent: string | null): void {
    failures.inc({ target });
    if (this.#faults.get(target) === error.message) return;
    this.#faults.set(target, error.message);
    this.#logger.warn(
      loggedTrace(traceparent),
      `${target} does not answer ${key} of process ${processId}: ${error.message}; it is tried again`,
    );
  }

  lost(processId: string, key: string, error: Error): void {
    refusals.inc();
    this.#logger.error({ err: error, processId, key }, 'the answer to a command of a process is lost');
  }

  refused(position: string, process: string, error: Error): void {
    refusals.inc();
    this.#logger.error({ err: error, position, process }, 'a process refuses an event, which is passed over');
  }

  failedToLook(error: Error): void {
    this.#logger.warn(`a process cannot be looked at: ${error.message}`);
  }
}
