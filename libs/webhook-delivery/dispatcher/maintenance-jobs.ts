import { SUBSCRIPTION_AGGREGATE } from '#libs/webhooks';
import { asError, systemClock } from '#libs/kernel';
import { Inject, Injectable, Logger } from '@nestjs/common';
import { Commands, processRequest } from '#libs/commands';
import { AttemptDays } from '../postgres/attempt-log.js';
import { ReplayRepository } from '../postgres/replay.repository.js';
import { TallyLog } from '../postgres/tally-log.js';
import { DeadLetterOutbox } from '../postgres/dead-letter-outbox.js';
import { ProblemException, SETTINGS, type Settings } from '#libs/platform';
import type { DeadLetter } from '#libs/webhooks';
import { dispatcherCause } from './dispatcher-cause.js';
import { EndpointDisabler } from './endpoint-disabler.js';
import { HealthReporter } from './health-reporter.js';

/** Longest pause after a failure, so that a short outage does not delay a job by ten minutes. */
const AGAIN_AFTER_MS = 1_000;

interface MaintenanceJob {
  readonly name: string;
  readonly everyMs: number;
  readonly work: () => Promise<unknown>;
}

/** Periodic jobs beside delivery. Several processes may run them at once. */
@Injectable()
export class MaintenanceJobs {
  readonly #logger = new Logger(MaintenanceJobs.name);
  readonly #stop = new AbortController();
  readonly #failing = new Set<string>();
  #running: Promise<unknown> | undefined;

  constructor(
    private readonly commands: Commands,
    private readonly deadLetters: DeadLetterOutbox,
    private readonly replays: ReplayRepository,
    private readonly days: AttemptDays,
    private readonly tallies: TallyLog,
    private readonly disabler: EndpointDisabler,
    private readonly health: HealthReporter,
    @Inject(SETTINGS) private readonly settings: Settings,
  ) {}

  start(): void {
    const { logDays } = this.settings.webhooks;
    const jobs: MaintenanceJob[] = [
      { name: 'the days of the delivery log', everyMs: 600_000, work: () => this.days.lookAfter(logDays) },
      { name: 'old tallies', everyMs: 600_000, work: () => this.tallies.forget() },
      { name: 'dead letters', everyMs: 1_000, work: () => this.#announceDeadLetters() },
      { name: 'replays at their end', everyMs: 1_000, work: () => this.replays.completeFinished() },
      { name: 'leftovers of replays', everyMs: 60_000, work: () => this.replays.tidy() },
      { name: 'failing endpoints', everyMs: 600_000, work: () => this.disabler.disableFailing() },
      { name: 'the health of endpoints', everyMs: 60_000, work: () => this.health.reportChanges() },
    ];
    this.#running = Promise.all(jobs.map((job) => this.#repeat(job)));
  }

  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #repeat({ name, everyMs, work }: MaintenanceJob): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      try {
        await work();
        this.#failing.delete(name);
      } catch (error) {
        this.#failed(name, asError(error));
      }
      const pauseMs = this.#failing.has(name) ? Math.min(everyMs, AGAIN_AFTER_MS) : everyMs;
      await systemClock.sleep(pauseMs, signal);
    }
  }

  /** Logs one line per outage. */
  #failed(name: string, error: Error): void {
    if (!this.#failing.has(name)) this.#logger.warn(`${name}: ${error.message}`);
    this.#failing.add(name);
  }

  #announceDeadLetters(): Promise<void> {
    return this.deadLetters.announce((tenant, deadLetter) => this.#announce(tenant, deadLetter));
  }

  async #announce(tenant: string, deadLetter: DeadLetter): Promise<void> {
    const { feedId, eventId, subscriptionId, parkedAt } = deadLetter;
    const cause = {
      ...dispatcherCause(tenant),
      commandId: `dead-letter ${feedId} ${eventId} ${parkedAt}`,
      correlationId: eventId,
      causationId: eventId,
    };
    const command = { type: 'record-dead-letter', ...deadLetter } as const;
    const request = processRequest(cause, subscriptionId, command);
    await this.commands.execute(SUBSCRIPTION_AGGREGATE, request).catch((error: unknown) => {
      // The subscription was deleted meanwhile, so nobody is left to hear of it.
      if (!(error instanceof ProblemException && error.code === 'subscription-not-found')) throw error;
    });
  }
}
