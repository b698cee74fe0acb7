import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Run } from '../project/runs.js';

const run = promisify(execFile);
const SCRIPT = fileURLToPath(new URL('python-read.py', import.meta.url));

/** Reads the topic in Python, as analysts do. @param executable of an environment with confluent-kafka */
export async function readInPython(
  executable: string,
  { KAFKA_BROKERS: brokers = '', SCHEMA_REGISTRY_URL: registry = '' }: Readonly<Record<string, string>>,
  topic: string,
  events: number,
): Promise<Run> {
  const { stdout } = await run(executable, [SCRIPT, brokers, registry, topic, String(events)]);
  return JSON.parse(stdout) as Run;
}
