import { SingleBar } from 'cli-progress';
import { Command } from 'commander';
import {
  equalsLog,
  type ProjectionVerification,
  READ_MODELS,
  type VerificationProgress,
  verifyProjection,
} from '#libs/persistence';
import type { Settings } from '#libs/platform';
import { cliSettings, print } from '../cli-settings.js';
import { withEventLog } from '../event-log.js';
import { verifyReport } from './verify-report.js';

/** Exits with 1 when a read model is not what the log says, or has stopped. */
export function verifyCommand(): Command {
  const names = READ_MODELS.map(({ name }) => name);
  return new Command('verify')
    .description('prove that read models are what the log says, row by row, while projectors go on')
    .argument('[projection...]', names.join(', '), names)
    .option('--json', 'print what was found as JSON')
    .action(async (asked: string[], { json }: { json?: boolean }) => {
      for (const name of asked) {
        if (!names.includes(name))
          throw new Error(`there is no projection ${name}; there are ${names.join(', ')}`);
      }
      const all: object[] = [];
      for (const name of new Set(asked)) {
        const found = await verify(cliSettings(), name);
        if (found && !isSound(found)) process.exitCode = 1;
        all.push(found ? { ...found, equalsLog: equalsLog(found) } : { projection: name, equalsLog: null });
        if (!json) print(found ? verifyReport(found) : `${name}: no projector has begun it`);
      }
      if (json) print(JSON.stringify(all, undefined, 2));
    });
}

const isSound = (found: ProjectionVerification): boolean =>
  equalsLog(found) && found.partitions.every(({ fault }) => fault === undefined);

async function verify(settings: Settings, name: string): Promise<ProjectionVerification | undefined> {
  const projection = READ_MODELS.find((each) => each.name === name);
  if (!projection) return undefined;
  const bar = new ProgressBar(name);
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

/** On a terminal only: elsewhere what was found is all. */
class ProgressBar {
  readonly #bar: SingleBar;

  constructor(name: string) {
    this.#bar = new SingleBar({
      format: `${name} {bar} {value} of {total} events`,
      formatValue: (value, _, type) => (type === 'percentage' ? String(value) : value.toLocaleString('en')),
      hideCursor: true,
      clearOnComplete: true,
    });
  }

  show({ read, total }: VerificationProgress): void {
    if (this.#bar.isActive) {
      // Several passes read more than there is.
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
