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

/** The servers that come from Maven's repository. Only the POM has the versions that are used unless another is asked for. */
export const KAFKA_FILES = kafkaFiles();
export const REGISTRY_FILES = distribution(
  'Apicurio Registry',
  'apicurio-registry',
  'dependency:unpack@registry',
);

/**
 * @param {string} [version]
 * @returns {Distribution}
 */
export function kafkaFiles(version) {
  return distribution('Apache Kafka', 'kafka', 'dependency:copy-dependencies@kafka', version);
}

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
  const { title, version, directory, goal, mark } = wanted;
  await progress.step(`fetching ${title}`, async () => {
    const partial = `${directory}.partial`;
    for (const path of [partial, directory]) rmSync(path, { recursive: true, force: true });
    await supervisor.run({
      name: `fetching ${title}`,
      command: 'mvn',
      args: [
        '-B',
        '-ntp',
        '-f',
        POM,
        goal,
        `-Dservers.directory=${partial}`,
        // Of Kafka before 4.0: a second way to log, beside that of the POM.
        ...(goal === KAFKA_FILES.goal
          ? [`-Dkafka.version=${version}`, '-DexcludeArtifactIds=slf4j-reload4j']
          : []),
      ],
      cwd: ROOT,
      logFile: join(PLACES.logs, `maven-${goal.split('@')[1]}-${version}.log`),
    });
    renameSync(partial, directory);
    setMark(mark, pomHash());
  });
}

/**
 * @param {string} title
 * @param {string} name
 * @param {string} goal
 * @param {string} [version]
 * @returns {Distribution}
 */
function distribution(title, name, goal, version = versionInPom(name)) {
  const directory = join(PLACES.servers, `${name}-${version}`);
  return { title: `${title} ${version}`, version, directory, goal, mark: join(directory, '.complete') };
}

/** @param {string} name */
function versionInPom(name) {
  const [, version = ''] = new RegExp(`<${name}\\.version>(.+?)<`).exec(readFileSync(POM, 'utf8')) ?? [];
  return version;
}

/** @param {Distribution} wanted */
const isThere = ({ mark }) => isMarked(mark, pomHash());

const pomHash = () => fingerprint(ROOT, ['tools/servers/pom.xml']);
