import type { Commands } from '#libs/commands';
import type { AttemptDays } from '../postgres/attempt-log.js';
import type { ReplayRepository } from '../postgres/replay.repository.js';
import type { TallyLog } from '../postgres/tally-log.js';
import type { DeadLetterOutbox } from '../postgres/dead-letter-outbox.js';
import type { Settings } from '#libs/platform';
import { MaintenanceJobs } from './maintenance-jobs.js';
import type { EndpointDisabler } from './endpoint-disabler.js';
import type { HealthReporter } from './health-reporter.js';

it('does what has failed again soon, however seldom it is done else', async () => {
  const nothing = async () => undefined;
  let tries = 0;
  let done: () => void = () => undefined;
  const heals = new Promise<void>((resolve) => {
    done = resolve;
  });
  // Once in ten minutes.
  const lookAfter = async () => {
    if (++tries === 1) throw new Error('the database is away');
    done();
  };
  const chores = new MaintenanceJobs(
    {} as Commands,
    { announce: nothing } as unknown as DeadLetterOutbox,
    { completeFinished: nothing, tidy: nothing } as unknown as ReplayRepository,
    { lookAfter } as unknown as AttemptDays,
    { forget: nothing } as unknown as TallyLog,
    { disableFailing: nothing } as unknown as EndpointDisabler,
    { reportChanges: nothing } as unknown as HealthReporter,
    { webhooks: { logDays: 7 } } as Settings,
  );
  chores.start();
  await heals;
  await chores.stop();
  expect(tries).toBe(2);
}, 60_000);
