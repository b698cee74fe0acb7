import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { codeKind, countDeclarations, leavesAmong, sizeOf } from './counting.mjs';
import { readSources } from './sources.mjs';
import { measureWays, PIECES } from './ways.mjs';

const HELP = `node tools/code-size/cli.mjs [commit] [--folder DIR] [--sizes]

Prints files and lines of product, tests and tooling, for a commit or for the work tree. For the work tree, which must
be built, it also finds the files that one opens to follow an order and a delivery: it starts servers for that.

  --folder DIR   another checkout, with node_modules, servers and a build
  --sizes        only files and lines`;

const HOW = `How the ways are counted: the built product runs on real servers, each app in its own process, with one partition.
After a warm-up, Node's inspector counts the calls of each function while ${PIECES} orders pass, one at a time, and in three
idle windows of the same length. A file is on the way if one of its functions was called at least ${PIECES} times more than in the
busiest idle window: once for each order. An order's way includes its answer; a delivery's way ends with the POST, since
the receiver answers later. Classes and interfaces are all those that its files declare. Files that declare only types
run no function, and do not count. A leaf imports nothing from the other files on the way.`;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { folder: { type: 'string' }, sizes: { type: 'boolean' }, help: { type: 'boolean' } },
});
if (values.help) console.log(HELP);
else await report(positionals[0], values.folder ?? fileURLToPath(new URL('../..', import.meta.url)));

/**
 * @param {string | undefined} commit
 * @param {string} folder
 */
async function report(commit, folder) {
  const sources = readSources(folder, commit);
  console.log(`${commit ?? 'work tree'}: lines include comments and blank lines; generated code is left out`);
  for (const line of sizeLines(sources)) console.log(line);
  if (commit || values.sizes) return;
  if (!existsSync(join(folder, 'dist/apps'))) throw new Error(`${folder} is not built: npm run build`);
  const ways = await measureWays(folder);
  console.log(`\n${HOW}`);
  const texts = new Map(sources.map((source) => [source.path, source]));
  printWay('An order, from the HTTP request to the Kafka produce', ways.order, texts);
  printWay('A delivery, from the event read to the HTTP POST', ways.delivery, texts);
}

/** @param {readonly import('./counting.mjs').SourceFile[]} sources */
function sizeLines(sources) {
  const row = (/** @type {(string | number)[]} */ [name, ...numbers], /** @type {string} */ last) =>
    `${String(name).padEnd(8)}${numbers.map((number) => number.toLocaleString('en-US').padStart(9)).join('')}  ${last}`;
  const kinds = ['product', 'tests', 'tooling'].map((kind) => {
    const size = sizeOf(sources.filter(({ path }) => codeKind(path) === kind));
    const { files, lines, median, percentile90, largest } = size;
    return row([kind, files, lines, median, percentile90, largest.lines], largest.path);
  });
  return [row(['', 'files', 'lines', 'median', '90 %', 'largest'], ''), ...kinds];
}

/**
 * @param {string} title
 * @param {readonly string[]} paths
 * @param {ReadonlyMap<string, import('./counting.mjs').SourceFile>} texts
 */
function printWay(title, paths, texts) {
  const files = paths
    .filter((path) => codeKind(path) === 'product')
    .map((path) => {
      const source = texts.get(path);
      if (!source) throw new Error(`${path} is not in the sources: the build is of other code`);
      return source;
    });
  const declared = files.map(countDeclarations);
  const sum = (/** @type {'classes' | 'interfaces'} */ what) =>
    declared.reduce((all, file) => all + file[what], 0);
  const leaves = new Set(leavesAmong(files));
  console.log(
    `\n${title}: ${files.length} files, ${sum('classes')} classes, ${sum('interfaces')} interfaces`,
  );
  console.log(
    `${files.length - leaves.size} of these files lead on; ${leaves.size} are leaves, marked with -`,
  );
  const partOf = (/** @type {string} */ path) => path.split('/').slice(0, 2).join('/');
  for (const part of new Set(files.map(({ path }) => partOf(path)))) {
    const within = files.filter(({ path }) => partOf(path) === part);
    console.log(`  ${part}: ${within.length}`);
    for (const { path } of within)
      console.log(`  ${leaves.has(path) ? '-' : ' '} ${path.slice(part.length + 1)}`);
  }
}
