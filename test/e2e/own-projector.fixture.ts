import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = 'docs/own-projector.md';

/** The first block of that language on the page. */
async function blockOf(language: string): Promise<string> {
  const page = await readFile(join(ROOT, PAGE), 'utf8');
  const [, code] = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, 'm').exec(page) ?? [];
  if (!code) throw new Error(`${PAGE} has no block of ${language}`);
  return code;
}

/**
 * The page's app, compiled as `npm run build` would.
 * @param directory somewhere below the repository, whose packages and libraries it finds
 * @returns its program
 */
export async function compileOwnProjector(directory: string): Promise<string> {
  const source = join(directory, 'apps/customer-spending/src/main.ts');
  await mkdir(join(source, '..'), { recursive: true });
  await writeFile(source, await blockOf('ts'));
  const config = {
    extends: join(ROOT, 'tsconfig.build.json'),
    compilerOptions: { rootDir: ROOT, outDir: join(directory, 'dist') },
    include: [source],
    exclude: [],
  };
  await writeFile(join(directory, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(ROOT, 'node_modules/typescript7/bin/tsc');
  await promisify(execFile)(process.execPath, [compiler, '-p', directory]).catch(
    (error: { stdout: string }) => {
      throw new Error(`${PAGE} does not compile:\n${error.stdout}`);
    },
  );
  return join(directory, 'dist', relative(ROOT, source)).replace(/ts$/, 'js');
}

/** Runs the page's reader until it has printed all that is waited for. @returns what it has printed */
export async function runOwnReader(
  directory: string,
  env: Record<string, string>,
  isEnough: (printed: string) => boolean,
): Promise<string> {
  const program = join(directory, 'read.mjs');
  await writeFile(program, await blockOf('js'));
  const reader = spawn(process.execPath, [program], { env: { ...process.env, ...env } });
  const exited = once(reader, 'exit');
  let printed = '';
  let complaints = '';
  reader.stderr.on('data', (chunk) => (complaints += String(chunk)));
  const enough = new Promise<void>((resolve) => {
    reader.stdout.on('data', (chunk) => {
      printed += String(chunk);
      if (isEnough(printed)) resolve();
    });
  });
  const patience = setTimeout(() => reader.kill('SIGKILL'), 120_000);
  await Promise.race([enough, exited]);
  clearTimeout(patience);
  reader.kill('SIGKILL');
  await exited;
  if (!isEnough(printed)) throw new Error(`it has printed only:\n${printed}\n${complaints}`);
  return printed;
}
