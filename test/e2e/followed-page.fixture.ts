import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const COPIED = ['apps', 'docs', 'libs', 'prisma', 'schemas', 'test', 'tools'];
const COPIED_FILES = [
  'package.json',
  'prisma.config.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  'jest.config.js',
  '.dependency-cruiser.mjs',
];

/** A file of the page, whole, or what an existing file gets: a line at its end, or a diff. */
const BLOCK = /^(?:(?:Its lines? in )?`([^`\n]+)`:\n\n)?```(\w+)\n([^]*?)^```$/gm;

/** The files that the page has changed, and those that it has made. */
export interface FollowedPage {
  readonly checkout: string;
  readonly changed: readonly string[];
  readonly made: readonly string[];
}

/** Does what a page says to files, in a copy of this checkout. A diff belongs to the file that was named last. */
export async function followPage(page: string, directory: string): Promise<FollowedPage> {
  const checkout = join(directory, 'checkout');
  for (const folder of COPIED) await cp(join(ROOT, folder), join(checkout, folder), { recursive: true });
  for (const file of COPIED_FILES) await cp(join(ROOT, file), join(checkout, file));
  await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  const changed = new Set<string>();
  const made: string[] = [];
  let named = '';
  for (const [whole, path, language, code = ''] of (await readFile(join(ROOT, page), 'utf8')).matchAll(
    BLOCK,
  )) {
    named = path ?? named;
    const file = join(checkout, named);
    if (language === 'diff') await patch(file, code);
    else if (path === undefined) continue;
    else if (whole.startsWith('Its line')) await appendFile(file, code);
    else {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(file, code);
      made.push(path);
      continue;
    }
    changed.add(named);
  }
  return { checkout, changed: [...changed], made };
}

/** @throws if the file does not hold what the diff starts from, once */
async function patch(file: string, diff: string): Promise<void> {
  const lines = diff.split('\n').filter((line) => line !== '');
  const side = (left: string): string =>
    lines
      .filter((line) => line.startsWith(' ') || line.startsWith(left))
      .map((line) => `${line.slice(1)}\n`)
      .join('');
  const parts = (await readFile(file, 'utf8')).split(side('-'));
  if (parts.length !== 2) throw new Error(`${file} has ${parts.length - 1} places for this diff:\n${diff}`);
  await writeFile(file, parts.join(side('+')));
}

/** @throws with all that the program printed if it fails */
export async function runIn(
  { checkout }: FollowedPage,
  [command = '', ...args]: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<void> {
  const options = { cwd: checkout, env: { ...process.env, ...env } };
  await promisify(execFile)(command, args, options).catch(
    ({ stdout, stderr }: { stdout: string; stderr: string }) => {
      throw new Error(
        `${command} ${args.join(' ')} fails after the page was followed:\n${stdout}\n${stderr}`,
      );
    },
  );
}
