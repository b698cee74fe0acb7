import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Commands } from '#libs/commands';
import { inBackground, systemClock } from '#libs/kernel';
import { Readiness, SETTINGS, type Settings, TRACING, type Tracing } from '#libs/platform';
import { FeederCheckpointRepository, ProcessIndexRepository } from '../postgres/index.js';
import { CommandSender } from './command-sender.js';
import { ProcessFeeder } from './process-feeder.js';
import { ProcessInputs } from './process-inputs.js';
import { observeProcesses, ProcessLog } from './process-log.js';
import { ProcessPoll } from './process-poll.js';
import type { ProcessTargets } from './process-target.js';
import { PROCESS_TARGETS, PROCESSING, type ProcessingOptions } from './processing-options.js';

const SAVE_EVERY_MS = 500;

/** The parts of the process manager, from their start to their stop. */
@Injectable()
export class ProcessManager implements OnApplicationBootstrap, BeforeApplicationShutdown {
  readonly feeder: ProcessFeeder;
  readonly #sender: CommandSender;
  readonly #poll: ProcessPoll;
  readonly #stop = new AbortController();

  constructor(
    @Inject(PROCESSING) private readonly options: ProcessingOptions,
    @Inject(PROCESS_TARGETS) targets: ProcessTargets,
    @Inject(SETTINGS) private readonly settings: Settings,
    @Inject(Commands) private readonly commands: Commands,
    @Inject(FeederCheckpointRepository) checkpoints: FeederCheckpointRepository,
    @Inject(ProcessIndexRepository) index: ProcessIndexRepository,
    @Inject(ProcessLog) log: ProcessLog,
    @Inject(Readiness) readiness: Readiness,
    @Inject(TRACING) tracing: Tracing,
  ) {
    const { aggregate, definitions, policyOf } = options;
    const inputs = new ProcessInputs(commands, aggregate, () => systemClock.now());
    const isOwner = (processId: string): boolean => commands.owns(aggregate.topic, processId);
    this.feeder = new ProcessFeeder({
      definitions,
      policy: policyOf(settings),
      inputs,
      checkpoints,
      clock: systemClock,
      onFeeding: (lagMs) => log.feeding(lagMs),
      onRefused: (position, process, error) => log.refused(position, process, error),
    });
    this.#sender = new CommandSender({
      inputs,
      targets,
      isOwner,
      observer: log,
      tracing,
      clock: systemClock,
      random: Math.random,
      stuckAfterMs: settings.fulfilment.stuckAfterMs,
    });
    this.#poll = new ProcessPoll({
      index,
      inputs,
      sender: this.#sender,
      isOwner,
      clock: systemClock,
      onFailure: (error) => log.failedToLook(error),
    });
    observeProcesses({ open: () => this.#sender.size, stuck: () => this.#poll.stuck });
    readiness.add('processes', () => {
      if (this.#poll.fault) throw new Error(this.#poll.fault);
      const { stuck } = this.#poll;
      return stuck > 0 ? [`${stuck} stuck: see GET /v1/processes?state=stuck`] : [];
    });
  }

  onApplicationBootstrap(): void {
    if (!this.settings.fulfilment.enabled) return;
    this.commands.onAdvanced(this.options.aggregate, (stream, traceparent) =>
      this.#sender.update(stream, { traceparent }),
    );
    this.#poll.start();
    inBackground(
      () => this.#saveNowAndThen(),
      () => undefined,
    );
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.#stop.abort();
    this.#poll.stop();
    this.#sender.stop();
    await this.feeder.save().catch(() => undefined);
  }

  async #saveNowAndThen(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await systemClock.sleep(SAVE_EVERY_MS, signal);
      await this.feeder.save().catch(() => undefined);
    }
  }
}
