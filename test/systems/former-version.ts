import { execFile, execFileSync } from 'node:child_process';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = process.cwd();

/** Whether this clone has the commit; one that was cloned without its history does not. */
export function hasCommit(commit: string): boolean {
  try {
    execFileSync('git', ['cat-file', '-e', `${commit}^{commit}`], { cwd: ROOT, stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/**
 * Builds the product as it was at that commit, with the packages of today.
 * @param directory is created
 */
export async function buildFormerVersion(commit: string, directory: string): Promise<void> {
  await run('sh', ['-c', 'mkdir "$1" && git archive "$0" | tar -x -C "$1"', commit, directory], {
    cwd: ROOT,
  });
  await symlink(join(ROOT, 'node_modules'), join(directory, 'node_modules'));
  await run('npm', ['run', '-s', 'build'], { cwd: directory });
}
