import { Command } from 'commander';
import { fileURLToPath } from 'node:url';
import { existsSync } from 'node:fs';
import { migrate } from '#libs/postgres';
import type { Settings } from '#libs/platform';
import { cliSettings, print } from '../cli-settings.js';
import { deployLog } from './log.js';
import { deployTopics } from './topics.js';

async function deployDatabase(settings: Settings): Promise<void> {
  const applied = await migrate(settings.database.url, migrationsDirectory());
  print(`database: ${applied.length === 0 ? 'up to date' : `migrated by ${applied.join(', ')}`}`);
}

/** The nearest `prisma/migrations` above this file, because the code runs from `apps/` and from `dist/`. */
function migrationsDirectory(): string {
  for (let at = new URL('./', import.meta.url); ; at = new URL('../', at)) {
    const candidate = fileURLToPath(new URL('prisma/migrations', at));
    if (existsSync(candidate)) return candidate;
    if (at.pathname === '/') throw new Error('prisma/migrations was not found');
  }
}

/** Prepares everything that an app of this version needs at its start. Idempotent. */
export function deployCommand(): Command {
  return new Command('deploy')
    .description('prepare the database, topics and schemas for this version; safe to repeat')
    .action(async () => {
      const settings = cliSettings();
      await deployDatabase(settings);
      await deployTopics(settings);
      await deployLog(settings);
    });
}
