import { execFile, spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { makeTestDirectory } from '#libs/testing';

const run = promisify(execFile);

const INSTALL_MS = 60_000;
const VERIFIER = join(import.meta.dirname, 'verify-signature.py');

/** A delivery as a subscriber received it. */
export interface SignedDelivery {
  readonly secret: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** An environment of its own, with packages in it; or why there can be none here. */
export type Python = { readonly missing: string } | { readonly executable: string };

/** Takes some seconds, and the network. @param packages with their versions */
export async function preparePython(...packages: readonly string[]): Promise<Python> {
  const directory = await makeTestDirectory('python');
  const executable = join(directory, 'bin', 'python');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', ...packages];
  try {
    await run('python3', ['-m', 'venv', directory], { timeout: INSTALL_MS });
    await run(executable, pip, { timeout: INSTALL_MS });
    return { executable };
  } catch (error) {
    return { missing: (error as Error).message.trim().split('\n').at(-1) ?? 'unknown' };
  }
}

/** For each delivery `ok`, or why it is not. */
export async function verifyInPython(
  executable: string,
  deliveries: readonly SignedDelivery[],
): Promise<string[]> {
  const verifier = spawn(executable, [VERIFIER], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { PYTHONUTF8: '1' },
  });
  verifier.stdin.end(deliveries.map((delivery) => `${JSON.stringify(delivery)}\n`).join(''));
  return (await text(verifier.stdout)).trimEnd().split('\n');
}
