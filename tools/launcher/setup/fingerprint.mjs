import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';

/**
 * A hash of all files at or below the given paths, by name and content. Folders named `generated` do not count, because
 * their contents depend on the other files.
 * @param {string} root
 * @param {string[]} paths relative to root; missing ones count as empty
 */
export function fingerprint(root, paths) {
  const hash = createHash('sha256');
  for (const file of paths.flatMap((path) => [...filesBelow(join(root, path))])) {
    hash
      .update(`${relative(root, file)}\0`)
      .update(readFileSync(file))
      .update('\0');
  }
  return hash.digest('hex');
}

/**
 * @param {string} path
 * @returns {Generator<string>}
 */
function* filesBelow(path) {
  if (!existsSync(path)) return;
  if (!statSync(path).isDirectory()) return yield path;
  for (const name of readdirSync(path).toSorted()) {
    if (name !== 'generated') yield* filesBelow(join(path, name));
  }
}

/**
 * Whether the mark has this fingerprint. It is written last, so interrupted work is done again.
 * @param {string} mark
 * @param {string} hash
 */
export const isMarked = (mark, hash) => existsSync(mark) && readFileSync(mark, 'utf8') === hash;

/**
 * @param {string} mark
 * @param {string} hash
 */
export const setMark = (mark, hash) => writeFileSync(mark, hash);
