/** Writes the files of the monitoring, or with `check` lists those that are out of date. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { dashboardFiles } from './dashboards/dashboards.js';
import { ruleFiles, RUNBOOKS, ruleTests } from './rule-files.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { runbooks: { type: 'string', default: RUNBOOKS }, into: { type: 'string', default: ROOT } },
});

function files(): Record<string, string> {
  const inFolder = (folder: string, own: Record<string, string>) =>
    Object.fromEntries(Object.entries(own).map(([name, text]) => [`${folder}/${name}`, text]));
  return {
    ...inFolder('rules', ruleFiles({ runbooks: values.runbooks })),
    ...inFolder('tests', ruleTests()),
    ...inFolder('grafana/dashboards', dashboardFiles(values.runbooks)),
  };
}

const textOf = (path: string): string | undefined => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

const stale: string[] = [];
for (const [name, text] of Object.entries(files())) {
  const path = join(values.into, name);
  if (positionals[0] === 'check') {
    if (textOf(path) !== text) stale.push(path);
    continue;
  }
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}
if (stale.length > 0) {
  console.error(`out of date, run "npm run monitoring": ${stale.join(', ')}`);
  process.exitCode = 1;
}
