// Writes the generated documents, or with --check lists those that are out of date. Reads the built code, so build first.
import { readFile, writeFile } from 'node:fs/promises';
import { makeDocuments } from './documents.mjs';

const check = process.argv.includes('--check');
const stale = [];
for (const [path, text] of Object.entries(await makeDocuments())) {
  if (!check) await writeFile(path, text);
  else if ((await readFile(path, 'utf8').catch(() => '')) !== text) stale.push(path);
}
if (stale.length > 0) {
  process.stderr.write(`out of date, run "npm run docs": ${stale.join(', ')}\n`);
  process.exitCode = 1;
}
