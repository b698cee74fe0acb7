import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The text of each `.avsc` file below a folder, by its path in there. */
export function readSchemaTexts(folder: string): Map<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.avsc'))
    .map((path) => path.replaceAll('\\', '/'))
    .toSorted();
  return new Map(paths.map((path) => [path, readFileSync(join(folder, path), 'utf8')]));
}

/** The nearest `schemas/` with released versions above this file, because the code runs from the sources and from `dist/`. */
export function schemaFolder(): string {
  for (let at = new URL('./', import.meta.url); ; at = new URL('../', at)) {
    const candidate = fileURLToPath(new URL('schemas', at));
    if (existsSync(join(candidate, 'released'))) return candidate;
    if (at.pathname === '/') throw new Error('the folder schemas/ was not found');
  }
}
