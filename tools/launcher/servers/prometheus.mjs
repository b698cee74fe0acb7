import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { privateFolder } from '../private-folder.mjs';
import { LAYER } from '../supervision/stopping.mjs';
import { installed } from './installed.mjs';
import { untilReady } from './readiness.mjs';

/** @returns {string | undefined} the program, where it is installed */
export const prometheus = () => installed('prometheus');
/** @returns {string | undefined} the program, where it is installed */
export const promtool = () => installed('promtool');
/** @returns {string | undefined} the program, where it is installed */
export const nodeExporter = () => installed('prometheus-node-exporter');

/**
 * Prometheus, which looks every few seconds and judges every second.
 * @param {object} options
 * @param {import('../supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.directory
 * @param {string} options.logFile
 * @param {number} options.port
 * @param {Readonly<Record<string, string>>} options.rules texts of rule files, by name
 * @param {readonly { job: string, app: string, url: string }[]} options.targets
 */
export async function launchPrometheus({ supervisor, directory, logFile, port, rules, targets }) {
  const program = prometheus();
  if (!program) throw new Error('prometheus is not installed');
  privateFolder(directory);
  mkdirSync(join(directory, 'rules'), { recursive: true });
  for (const [name, text] of Object.entries(rules)) writeFileSync(join(directory, 'rules', name), text);
  const config = join(directory, 'prometheus.yml');
  writeFileSync(config, configOf(targets));
  const server = supervisor.launch({
    name: 'prometheus',
    command: program,
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(directory, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    cwd: directory,
    layer: LAYER.app,
    logFile,
  });
  const url = `http://127.0.0.1:${port}`;
  const answers = async () => (await fetch(`${url}/-/ready`)).ok;
  await untilReady(server, { port, answers });
  return { ...server, url };
}

/**
 * As tools/monitoring/prometheus.yml, which has the names of the containers.
 * @param {readonly { job: string, app: string, url: string }[]} targets
 */
const configOf = (targets) =>
  stringify({
    // Apps take two seconds for what does not answer.
    global: { scrape_interval: '4s', scrape_timeout: '4s', evaluation_interval: '1s' },
    rule_files: ['rules/*.yml'],
    scrape_configs: [...new Set(targets.map(({ job }) => job))].map((job) => ({
      job_name: job,
      static_configs: targets
        .filter((target) => target.job === job)
        .map(({ app, url }) => ({ targets: [new URL(url).host], labels: { app } })),
    })),
  });

/**
 * Prometheus' exporter of what a machine has, with its volumes alone.
 * @param {object} options
 * @param {import('../supervision/supervisor.mjs').Supervisor} options.supervisor
 * @param {string} options.logFile
 * @param {number} options.port
 */
export async function launchNodeExporter({ supervisor, logFile, port }) {
  const program = nodeExporter();
  if (!program) throw new Error('prometheus-node-exporter is not installed');
  const server = supervisor.launch({
    name: 'node-exporter',
    command: program,
    args: [
      '--collector.disable-defaults',
      '--collector.filesystem',
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    layer: LAYER.app,
    logFile,
  });
  const url = `http://127.0.0.1:${port}`;
  const answers = async () => (await fetch(`${url}/metrics`)).ok;
  await untilReady(server, { port, answers });
  return { ...server, url };
}
