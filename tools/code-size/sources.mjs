import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeKind } from './counting.mjs';

const LARGEST_OUTPUT = 1 << 28;

/**
 * The code of a commit, or of the work tree with its new files.
 * @param {string} folder of a checkout
 * @param {string} [commit]
 * @returns {import('./counting.mjs').SourceFile[]}
 */
export function readSources(folder, commit) {
  const git = (/** @type {string[]} */ args, /** @type {string} */ input = '') =>
    execFileSync('git', ['-C', folder, ...args], { input, maxBuffer: LARGEST_OUTPUT });
  const list = commit
    ? ['ls-tree', '-r', '-z', '--name-only', '--full-tree', commit]
    : ['ls-files', '-z', '--cached', '--others', '--exclude-standard'];
  const paths = git(list).toString().split('\0').filter(codeKind);
  if (!commit)
    return paths
      .filter((path) => existsSync(join(folder, path)))
      .map((path) => ({ path, text: readFileSync(join(folder, path), 'utf8') }));
  const objects = git(['cat-file', '--batch'], paths.map((path) => `${commit}:${path}\n`).join(''));
  return textsOf(objects).map((text, index) => ({ path: paths[index], text }));
}

/** @param {Buffer} batch for each object a line that ends in its size, the object, and a line feed */
function textsOf(batch) {
  const texts = [];
  for (let start = 0; start < batch.length; ) {
    const begin = batch.indexOf('\n', start) + 1;
    const end = begin + Number(batch.toString('utf8', start, begin).trim().split(' ').at(-1));
    texts.push(batch.toString('utf8', begin, end));
    start = end + 1;
  }
  return texts;
}
