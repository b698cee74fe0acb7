import { execFile } from 'node:child_process';
import { appendFile, cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = 'docs/add-an-aggregate.md';
const COPIED = ['apps', 'docs', 'libs', 'prisma', 'schemas', 'test', 'tools'];
const COPIED_FILES = [
  'package.json',
  'prisma.config.ts',
  'tsconfig.json',
  'tsconfig.build.json',
  '.dependency-cruiser.mjs',
];

/** A file of the page, whole, or the line that an existing file gets. */
const BLOCK = /^(Its line in )?`([^`\n]+)`:\n\n```\w+\n([^]*?)^```$/gm;

/** The files that the page has changed, and those that it has made. */
export interface FollowedPage {
  readonly checkout: string;
  readonly changed: readonly string[];
  readonly made: readonly string[];
}

/** Follows the page in a copy of this checkout, until it is built. */
export async function followAddAnAggregate(directory: string): Promise<FollowedPage> {
  const checkout = join(directory, 'checkout');
  for (const folder of COPIED) await cp(join(ROOT, folder), join(checkout, folder), { recursive: true });
  for (const file of COPIED_FILES) await cp(join(ROOT, file), join(checkout, file));
  await symlink(join(ROOT, 'node_modules'), join(checkout, 'node_modules'));
  const [changed, made]: [string[], string[]] = [[], []];
  for (const [, isLine, path = '', code = ''] of (await readFile(join(ROOT, PAGE), 'utf8')).matchAll(BLOCK)) {
    const file = join(checkout, path);
    await mkdir(dirname(file), { recursive: true });
    await (isLine ? appendFile : writeFile)(file, code);
    (isLine ? changed : made).push(path);
  }
  for (const script of [
    'contracts',
    'contracts:release',
    'docs',
    'typecheck',
    'layers',
    'contracts:check',
    'docs:check',
  ])
    await run(checkout, script);
  return { checkout, changed, made };
}

/** @throws with all that the script printed if it fails */
async function run(checkout: string, script: string): Promise<void> {
  await promisify(execFile)('npm', ['run', '-s', script], { cwd: checkout }).catch(
    ({ stdout, stderr }: { stdout: string; stderr: string }) => {
      throw new Error(`npm run ${script} fails after ${PAGE} was followed:\n${stdout}\n${stderr}`);
    },
  );
}
