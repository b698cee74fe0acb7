import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import { type PostgresTransaction, READ_MODELS, rebuildProjection } from '#libs/persistence';
import type { Projection, RebuildStatus } from '#libs/projections';
import { cliSettings, print } from '../cli-settings.js';
import { withEventLog } from '../event-log.js';

/** Begun again after it was stopped, it goes on where it was. */
export function rebuildCommand(): Command {
  return new Command('rebuild')
    .description(
      'build a read model anew from the log, beside the one that queries see, and put it in its place',
    )
    .argument('<projection>', READ_MODELS.map(({ name }) => name).join(', '))
    .action((name: string) => rebuild(projectionOf(name)));
}

function projectionOf(name: string): Projection<PostgresTransaction> {
  const projection = READ_MODELS.find((each) => each.name === name);
  if (projection) return projection;
  const names = READ_MODELS.map((each) => each.name).join(', ');
  throw new Error(`there is no projection ${name}; there are ${names}`);
}

async function rebuild(projection: Projection<PostgresTransaction>): Promise<void> {
  const settings = cliSettings();
  const stop = new AbortController();
  const interrupt = (): void => stop.abort(new Error('stopped; begin again to go on from here'));
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const bar = new ProgressBar(projection.name);
  try {
    await withEventLog(settings, (log) =>
      rebuildProjection({
        database: settings.database,
        projection,
        log,
        changed: (standing) => bar.show(standing),
        signal: stop.signal,
      }),
    );
    bar.end();
    print(`${projection.name} was rebuilt, equals the log, and is what queries see now`);
  } finally {
    bar.end();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** Events built from, their rate, and the time that is left. */
class ProgressBar {
  readonly #bar: SingleBar;

  constructor(name: string) {
    this.#bar = new SingleBar({
      format: `${name} {bar} {percentage} % of {events} events · {rate}/s · {left} left`,
      // Where nobody watches, a line now and then.
      noTTYOutput: true,
      notTTYSchedule: 5_000,
      hideCursor: true,
    });
  }

  show({ done, total, rate, leftMs }: RebuildStatus): void {
    const payload = {
      events: total.toLocaleString('en'),
      rate: Math.round(rate).toLocaleString('en'),
      left: leftMs === undefined ? '?' : `${Math.ceil(leftMs / 1_000)} s`,
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
