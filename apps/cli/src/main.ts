import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { Command } from 'commander';
import { SettingsError } from '#libs/platform';
import { deployCommand } from './commands/deploy.js';
import { doctorCommand } from './commands/doctor.js';
import { keysCommand } from './commands/keys.js';
import { listenCommand } from './commands/listen.js';
import { logCommand } from './commands/log.js';
import { projectionsCommand } from './commands/projections.js';
import { rebuildCommand } from './commands/rebuild.js';
import { schemasCommand } from './commands/schemas.js';
import { topicsCommand } from './commands/topics.js';
import { verifyCommand } from './commands/verify.js';

const program = new Command('orderstream')
  .description(
    'Operates an Orderstream system. Settings come from the environment, as for the apps (docs/settings.md).',
  )
  .showHelpAfterError()
  .addCommand(listenCommand())
  .addCommand(keysCommand())
  .addCommand(topicsCommand())
  .addCommand(schemasCommand())
  .addCommand(logCommand())
  .addCommand(projectionsCommand())
  .addCommand(rebuildCommand())
  .addCommand(verifyCommand())
  .addCommand(deployCommand())
  .addCommand(doctorCommand());

// A command prints what it has found, and its output may be read by a machine.
Logger.overrideLogger(false);

try {
  await program.parseAsync();
} catch (error) {
  const { name, message } = error as Error;
  process.stderr.write(`${error instanceof SettingsError ? message : `${name}: ${message}`}\n`);
  process.exitCode = 1;
}
