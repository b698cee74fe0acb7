import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Loaded by a process that runs TypeScript. */
export const REGISTER = new URL('../../tools/typescript/register.mjs', import.meta.url).href;

/** Runs a module in a process of its own, so as not to disturb the measurements. */
export const spawnTypeScript = (module: URL, ...args: readonly string[]) =>
  spawn(process.execPath, ['--import', REGISTER, fileURLToPath(module), ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
