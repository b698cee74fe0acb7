import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { type PostgresTransaction, rebuildProjection } from '#libs/projections/postgres';
import { type Projection, type RebuildStatus, remainingTime } from '#libs/projections/core';
import { cliSettings, print } from '../cli-settings.js';
import { withEventLog } from '../event-log.js';
import { READ_MODEL_NAMES, readModelNamed } from './read-model-names.js';

/** A rebuild that was stopped continues from its checkpoints when it is started again. */
export function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('rebuild a read model from the log beside the live one, verify it, and switch to it')
    .argument('<projection>', READ_MODEL_NAMES.join(', '))
    .action(async (name: string) => rebuild(await readModelNamed(name, 'rebuild')));
}

async function rebuild(projection: Projection<PostgresTransaction>): Promise<void> {
  const settings = cliSettings();
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new Error('stopped; run the command again to continue from here'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const bar = new ProgressBar(projection.name);
  try {
    await withEventLog(settings, (log) =>
      rebuildProjection({
        database: settings.database,
        projection,
        log,
        changed: (status) => bar.show(status),
        signal: stop.signal,
      }),
    );
    bar.end();
    print(`${projection.name} was rebuilt, equals the log, and is live now`);
  } finally {
    bar.end();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** Shows log offsets, which include control records and so exceed the number of events. */
class ProgressBar {
  readonly #bar: SingleBar;

  constructor(name: string) {
    this.#bar = new SingleBar({
      format: `${name} {bar} {percentage} % of {offsets} offsets · {rate}/s · {left}`,
      // Without a terminal, one line every five seconds.
      noTTYOutput: true,
      notTTYSchedule: 5_000,
      hideCursor: true,
    });
  }

  show(status: RebuildStatus): void {
    const { done, total, rate } = status;
    const payload = {
      offsets: total.toLocaleString('en'),
      rate: Math.round(rate).toLocaleString('en'),
      left: remainingTime(status),
    };
    if (this.#bar.isActive) {
      this.#bar.setTotal(total);
      this.#bar.update(done, payload);
    } else {
      this.#bar.start(total, done, payload);
    }
  }

  end(): void {
    if (this.#bar.isActive) this.#bar.stop();
  }
}
