/** `npm run layers`: what the rules of imports cannot say. */
import { fileURLToPath } from 'node:url';
import { readSources } from './code-size/sources.mjs';
import { namesExportedTwice } from './exported-names.js';
import { readLayers } from './layers.mjs';
import { impureUses } from './pure-code.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const code = readSources(root);
const lines = [...impureUses(code, readLayers(root).pure), ...namesExportedTwice(code)];
for (const line of lines) console.error(line);
if (lines.length > 0) process.exitCode = 1;
