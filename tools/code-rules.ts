/** `npm run layers`: what the rules of imports cannot say. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { codeKind } from './code-size/counting.mjs';
import { namesExportedTwice } from './exported-names.js';
import { readLayers } from './layers.mjs';
import { impureUses } from './pure-code.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const code = ['apps', 'libs']
  .flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).map((path) =>
      join(folder, path).replaceAll('\\', '/'),
    ),
  )
  // The page is a program of its own.
  .filter((path) => codeKind(path) && !path.startsWith('apps/console/web/'))
  .toSorted()
  .map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }));
const lines = [...impureUses(code, readLayers(root).pure), ...namesExportedTwice(code)];
for (const line of lines) console.error(line);
if (lines.length > 0) process.exitCode = 1;
