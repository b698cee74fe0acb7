import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export const PATIENCE_MS = 240_000;

/** Runs a program of Node. @returns what it has printed, too */
export function run(args: readonly string[], env: NodeJS.ProcessEnv): [ChildProcess, () => string] {
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk) => {
      printed += String(chunk);
    });
  return [child, () => printed];
}

/** @throws if the program fails */
export async function outputOf(child: ChildProcess): Promise<string> {
  let [printed, complaints] = ['', ''];
  child.stdout?.on('data', (chunk) => (printed += String(chunk)));
  child.stderr?.on('data', (chunk) => (complaints += String(chunk)));
  const [code] = (await once(child, 'close')) as [number];
  if (code !== 0) throw new Error(`it ended with ${code}: ${complaints}`);
  return printed;
}
