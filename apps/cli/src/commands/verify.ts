import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import {
  equalsLog,
  type PostgresTransaction,
  type ProjectionVerification,
  type VerificationProgress,
  verifyProjection,
} from '#libs/projections/postgres';
import type { Settings } from '#libs/platform';
import type { Projection } from '#libs/projections/core';
import { cliSettings, print } from '../cli-settings.js';
import { withEventLog } from '../event-log.js';
import { READ_MODEL_NAMES, readModelNamed } from './read-model-names.js';
import { verifyReport } from './verify-report.js';

/** Exits with 1 when a read model differs from the log, or has stopped. */
export function verifyCommand(): Command {
  return new Command('verify')
    .description('compare read models with the log, row by row, while projectors keep running')
    .argument('[projection...]', READ_MODEL_NAMES.join(', '), READ_MODEL_NAMES)
    .option('--json', 'print the findings as JSON')
    .action(async (asked: string[], { json }: { json?: boolean }) => {
      const projections = await Promise.all(
        [...new Set(asked)].map((name) => readModelNamed(name, 'verify')),
      );
      const all: object[] = [];
      for (const projection of projections) {
        const { name } = projection;
        const found = await verify(cliSettings(), projection);
        if (found && !isSound(found)) process.exitCode = 1;
        all.push(found ? { ...found, equalsLog: equalsLog(found) } : { projection: name, equalsLog: null });
        if (!json) print(found ? verifyReport(found) : `${name}: no projector has begun it`);
      }
      if (json) print(JSON.stringify(all, undefined, 2));
    });
}

const isSound = (found: ProjectionVerification): boolean =>
  equalsLog(found) && found.partitions.every(({ fault }) => fault === undefined);

async function verify(
  settings: Settings,
  projection: Projection<PostgresTransaction>,
): Promise<ProjectionVerification | undefined> {
  const bar = new ProgressBar(projection.name);
  try {
    return await withEventLog(settings, (log) =>
      verifyProjection({
        database: settings.database,
        log,
        projection,
        progress: (progress) => bar.show(progress),
      }),
    );
  } finally {
    bar.end();
  }
}

/** Shown on terminals only. Counts events, while the end is known in log offsets, some of which are no events. */
class ProgressBar {
  readonly #bar: SingleBar;

  constructor(name: string) {
    this.#bar = new SingleBar({
      format: `${name} {bar} {value} events of at most {total} offsets`,
      formatValue: (value, _, type) => (type === 'percentage' ? String(value) : value.toLocaleString('en')),
      hideCursor: true,
      clearOnComplete: true,
    });
  }

  show({ read, total }: VerificationProgress): void {
    if (this.#bar.isActive) {
      // Several passes may read more events than the log has.
      this.#bar.setTotal(Math.max(read, total));
      this.#bar.update(read);
    } else {
      this.#bar.start(Math.max(read, total), read);
    }
  }

  end(): void {
    if (this.#bar.isActive) this.#bar.stop();
  }
}
