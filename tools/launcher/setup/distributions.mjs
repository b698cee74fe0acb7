import { readFileSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { PLACES, ROOT } from '../places.mjs';
import { fingerprint, isMarked, setMark } from './fingerprint.mjs';
import { checkMaven } from './prerequisites.mjs';

/**
 * @typedef {import('../supervision/supervisor.mjs').Supervisor} Supervisor
 * @typedef {import('../progress.mjs').Progress} Progress
 * @typedef {{ title: string, version: string, directory: string, goal: string, mark: string }} Distribution
 */

const POM = join(ROOT, 'tools/servers/pom.xml');

/** The servers that come from Maven's repository. Only the POM has their versions. */
export const KAFKA_FILES = distribution('Apache Kafka', 'kafka', 'dependency:copy-dependencies@kafka');
export const REGISTRY_FILES = distribution(
  'Apicurio Registry',
  'apicurio-registry',
  'dependency:unpack@registry',
);

/** @param {Distribution[]} distributions */
export function checkMavenIfNeeded(distributions) {
  if (!distributions.every(isThere)) checkMaven();
}

/**
 * @param {Distribution} wanted
 * @param {Supervisor} supervisor
 * @param {Progress} progress
 */
export async function fetchDistribution(wanted, supervisor, progress) {
  if (isThere(wanted)) return;
  const { title, directory, goal, mark } = wanted;
  await progress.step(`fetching ${title}`, async () => {
    const partial = `${directory}.partial`;
    for (const path of [partial, directory]) rmSync(path, { recursive: true, force: true });
    await supervisor.run({
      name: `fetching ${title}`,
      command: 'mvn',
      args: ['-B', '-ntp', '-f', POM, goal, `-Dservers.directory=${partial}`],
      cwd: ROOT,
      logFile: join(PLACES.logs, `maven-${goal.split('@')[1]}.log`),
    });
    renameSync(partial, directory);
    setMark(mark, pomHash());
  });
}

/**
 * @param {string} title
 * @param {string} name
 * @param {string} goal
 * @returns {Distribution}
 */
function distribution(title, name, goal) {
  const [, version = ''] = new RegExp(`<${name}\\.version>(.+?)<`).exec(readFileSync(POM, 'utf8')) ?? [];
  const directory = join(PLACES.servers, `${name}-${version}`);
  return { title: `${title} ${version}`, version, directory, goal, mark: join(directory, '.complete') };
}

/** @param {Distribution} wanted */
const isThere = ({ mark }) => isMarked(mark, pomHash());

const pomHash = () => fingerprint(ROOT, ['tools/servers/pom.xml']);
