import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import type { EmbeddedProcess } from '../../tools/launcher/embedded.mjs';

const run = promisify(execFile);

/** Keeps owners: Postgres insists on its own. */
export const copyFolder = (from: string, to: string): Promise<unknown> => run('cp', ['-a', from, to]);

/**
 * Copies a running broker's data as a snapshot of its volume would: all files at one moment, with what the broker has written
 * but not synced, and without an orderly end.
 */
export async function snapshotBroker(broker: EmbeddedProcess, from: string, to: string): Promise<void> {
  broker.pause();
  try {
    await copyFolder(from, to);
  } finally {
    broker.resume();
  }
}

/**
 * Copies the data of a running Postgres as `pg_basebackup` does, which these binaries lack: by the functions that it uses.
 * @param from the launcher's folder, with the passwords beside it
 */
export async function backUpPostgres(url: string, from: string, to: string): Promise<void> {
  const superuser = new URL(url);
  superuser.username = 'orderstream';
  superuser.password = (await readFile(`${from}.password`, 'utf8')).trim();
  const client = new pg.Client({ connectionString: superuser.href });
  await client.connect();
  try {
    await client.query("select pg_backup_start('test', fast => true)");
    await copyFolder(from, to);
    const { rows } = await client.query<{ labelfile: string }>(
      'select labelfile from pg_backup_stop(wait_for_archive => false)',
    );
    // What was logged meanwhile belongs to the backup.
    await run('cp', ['-a', `${join(from, 'pg_wal')}/.`, join(to, 'pg_wal')]);
    await writeFile(join(to, 'backup_label'), rows[0]?.labelfile ?? '', { mode: 0o644 });
    await run('rm', ['-f', join(to, 'postmaster.pid')]);
    for (const secret of ['password', 'role-password'])
      await copyFolder(`${from}.${secret}`, `${to}.${secret}`);
  } finally {
    await client.end();
  }
}
