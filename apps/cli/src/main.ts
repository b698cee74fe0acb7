import 'reflect-metadata';
import { Logger } from '@nestjs/common';
import { Command } from 'commander';
import { cliSettings } from './cli-settings.js';
import { failureText } from './command-failure.js';
import { analystsCommand } from './commands/analysts.js';
import { deployCommand, topicsCommand } from './commands/deploy.js';
import { doctorCommand } from './commands/doctor.js';
import { exportCommand } from './commands/export.js';
import { keysCommand } from './commands/keys.js';
import { listenCommand } from './commands/listen.js';
import { logCommand } from './commands/log.js';
import { forgetCommand, personalDataCommand } from './commands/personal-data.js';
import { projectionsCommand } from './commands/projections.js';
import { rebuildCommand } from './commands/rebuild.js';
import { schemasCommand } from './commands/schemas.js';
import { simulateCommand } from './commands/simulate.js';
import { sqlCommand } from './commands/sql.js';
import { statusCommand } from './commands/status.js';
import { tenantsCommand } from './commands/tenants.js';
import { verifyCommand } from './commands/verify.js';

const program = new Command('orderstream')
  .description(
    'Operates an Orderstream system. Settings come from the environment, as for the apps (docs/settings.md).',
  )
  .showHelpAfterError()
  .addCommand(listenCommand())
  .addCommand(simulateCommand())
  .addCommand(statusCommand())
  .addCommand(keysCommand())
  .addCommand(tenantsCommand())
  .addCommand(analystsCommand())
  .addCommand(forgetCommand())
  .addCommand(personalDataCommand())
  .addCommand(topicsCommand())
  .addCommand(schemasCommand())
  .addCommand(logCommand())
  .addCommand(exportCommand())
  .addCommand(sqlCommand())
  .addCommand(projectionsCommand())
  .addCommand(rebuildCommand())
  .addCommand(verifyCommand())
  .addCommand(deployCommand())
  .addCommand(doctorCommand());

// The output is for people or machines to read, so no framework may log into it.
Logger.overrideLogger(false);

try {
  await program.parseAsync();
} catch (error) {
  process.stderr.write(`${failureText(error, cliSettings)}\n`);
  process.exitCode = 1;
}
