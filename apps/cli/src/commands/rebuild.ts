import { Command } from 'commander';
import { type PostgresTransaction, rebuildProjection } from '#libs/projections/postgres';
import { type Projection, type RebuildStatus, remainingTime } from '#libs/projections/core';
import { audited } from '../audited.js';
import { cliSettings, print } from '../cli-settings.js';
import { interruptible, ProgressBar, withEventLog } from '../resources.js';
import { READ_MODEL_NAMES, readModelNamed } from './read-model-names.js';

/** A rebuild that was stopped continues from its checkpoints when it is started again. */
export function rebuildCommand(): Command {
  return new Command('rebuild')
    .description('rebuild a read model from the log beside the live one, verify it, and switch to it')
    .argument('<projection>', READ_MODEL_NAMES.join(', '))
    .action(async (name: string) => {
      const projection = await readModelNamed(name, 'rebuild');
      const object = { kind: 'read-model', id: projection.name };
      await audited(cliSettings(), { act: 'read-model.rebuilt', command: 'rebuild', object }, () =>
        rebuild(projection),
      );
    });
}

async function rebuild(projection: Projection<PostgresTransaction>): Promise<void> {
  const settings = cliSettings();
  // Shows log offsets, which include control records and so exceed the number of events.
  const bar = new ProgressBar({
    format: `${projection.name} {bar} {percentage} % of {offsets} offsets · {rate}/s · {left}`,
    // Without a terminal, one line every five seconds.
    noTTYOutput: true,
    notTTYSchedule: 5_000,
  });
  const show = (status: RebuildStatus): void => {
    const { done, total, rate } = status;
    bar.show(done, total, {
      offsets: total.toLocaleString('en'),
      rate: Math.round(rate).toLocaleString('en'),
      left: remainingTime(status),
    });
  };
  try {
    const { database } = settings;
    await interruptible(
      (signal) =>
        withEventLog(settings, (log) =>
          rebuildProjection({ database, projection, log, changed: show, signal }),
        ),
      new Error('stopped; run the command again to continue from here'),
    );
  } finally {
    bar.end();
  }
  print(`${projection.name} was rebuilt, equals the log, and is live now`);
}
