import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { LaunchFailure } from '../failure.mjs';

const NEEDED = { node: [20, 19], java: [17, 0], maven: [3, 6] };

const ALTERNATIVES = `
Or use servers that run already: set KAFKA_BROKERS and SCHEMA_REGISTRY_URL.
Or let containers do it all: docker compose up`;

/** JAVA_HOME takes precedence, as in Maven. */
export const JAVA = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java';

/**
 * glibc keeps far more memory than is in use: an arena for each of many threads, and large blocks for the next one, unless
 * the sizes from which it gives them back are fixed.
 */
export const LEAN_ENVIRONMENT = {
  ...process.env,
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
};

export function checkNode() {
  if (isEnough(process.versions.node, NEEDED.node)) return;
  throw new LaunchFailure(
    `Node.js 20.19 or newer is needed; this is ${process.versions.node}. See https://nodejs.org/en/download`,
  );
}

export function checkJava() {
  const found = versionTold(JAVA, ['-version'], /version "([\d.]+)/);
  if (isEnough(found, NEEDED.java)) return;
  throw new LaunchFailure(
    `Java 17 or newer is needed to run Kafka and the schema registry; ${found ? `'${JAVA}' is ${found}` : `'${JAVA}' does not run`}.
  Debian, Ubuntu:  sudo apt-get install default-jre-headless
  macOS:           brew install openjdk, and put its bin folder on the PATH${ALTERNATIVES}`,
  );
}

export function checkMaven() {
  const found = versionTold('mvn', ['-v'], /Apache Maven ([\d.]+)/);
  if (isEnough(found, NEEDED.maven)) return;
  throw new LaunchFailure(
    `Maven 3.6 or newer is needed to fetch Kafka and the schema registry; ${found ? `'mvn' is ${found}` : `'mvn' does not run`}.
  Debian, Ubuntu:  sudo apt-get install maven
  macOS:           brew install maven${ALTERNATIVES}`,
  );
}

/**
 * @param {string} command
 * @param {string[]} args
 * @param {RegExp} pattern
 */
function versionTold(command, args, pattern) {
  const { stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return pattern.exec(`${stdout}${stderr}`)?.[1];
}

/**
 * @param {string | undefined} version
 * @param {number[]} needed
 */
function isEnough(version, needed) {
  if (!version) return false;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [neededMajor = 0, neededMinor = 0] = needed;
  return major > neededMajor || (major === neededMajor && minor >= neededMinor);
}
