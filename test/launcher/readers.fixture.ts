import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { makeTestDirectory } from '#libs/testing';
import { KAFKA_FILES } from '../../tools/launcher/setup/distributions.mjs';
import { JAVA } from '../../tools/launcher/setup/prerequisites.mjs';
import { preparePython } from '../e2e/python.fixture.js';
import { REPOSITORY } from '../systems/start-root.js';

const run = promisify(execFile);
const READERS = join(REPOSITORY, 'docs/readers');
const FETCH_MS = 120_000;

/** An example of docs/readers, which prints an event a line; or why it cannot run here. */
export type ExampleReader = { readonly missing: string } | { readonly start: StartReader };
type StartReader = (folder: string, ...more: readonly string[]) => ReaderRun;

/** A line that a reader has printed. */
export interface ReadEvent {
  readonly topic: string;
  readonly line: string;
}

/** A run of a reader in a group of processes of its own. */
export class ReaderRun {
  #errors = '';
  readonly #process: ChildProcess;

  constructor(
    command: readonly string[],
    env: NodeJS.ProcessEnv,
    private readonly eventIn: (line: string) => ReadEvent | undefined,
  ) {
    const [program = '', ...args] = command;
    this.#process = spawn(program, args, { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#process.stderr?.on('data', (chunk) => (this.#errors += String(chunk)));
  }

  /** All events until it ends. @throws if it fails */
  async all(): Promise<ReadEvent[]> {
    const ended = new Promise((resolve) => this.#process.once('close', resolve));
    const events = [];
    for await (const event of this.events()) events.push(event);
    if ((await ended) !== 0) throw new Error(this.#errors);
    return events;
  }

  async *events(): AsyncGenerator<ReadEvent> {
    const { stdout } = this.#process;
    if (!stdout) return;
    for await (const line of createInterface({ input: stdout })) {
      const event = this.eventIn(line);
      if (event) yield event;
    }
  }

  stop(): void {
    try {
      process.kill(-(this.#process.pid ?? 0), 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

/** Installs what the readers need into folders of this test. What cannot be had is said. */
export async function prepareReaders(): Promise<
  Readonly<Record<'Python' | 'kcat' | 'console', ExampleReader>>
> {
  const python = await preparePython('-r', join(READERS, 'requirements.txt'));
  const executable = 'missing' in python ? undefined : python.executable;
  const readers = {
    Python: executable === undefined ? (python as ExampleReader) : pythonReader(executable),
    kcat: executable === undefined ? (python as ExampleReader) : await kcatReader(executable),
    console: await consoleReader(),
  };
  for (const [name, reader] of Object.entries(readers))
    if ('missing' in reader) console.warn(`The reader for ${name} is not tried here: ${reader.missing}`);
  return readers;
}

const jsonEvent = (line: string): ReadEvent => ({ topic: (JSON.parse(line) as ReadEvent).topic, line });

const pythonReader = (executable: string): ExampleReader => ({
  start: (folder, ...more) => {
    const program = join(READERS, 'read_events.py');
    return new ReaderRun(
      [executable, program, join(folder, 'orderstream_client.py'), ...more],
      {},
      jsonEvent,
    );
  },
});

const FIND_LIBRARY = `
import confluent_kafka, glob
print(glob.glob(confluent_kafka.__path__[0] + ".libs/librdkafka-*")[0])`;

/**
 * Debian's package, with librdkafka as Python has it: versions below 2.6.1 cannot log in by SCRAM at Kafka 4
 * (edenhill/kcat#462).
 */
async function kcatReader(python: string): Promise<ExampleReader> {
  const directory = await makeTestDirectory('kcat');
  const lib = join(directory, 'lib');
  mkdirSync(lib);
  const script =
    'set -e; apt-get download -q kcat libyajl2; for file in *.deb; do dpkg-deb -x "$file" .; done; cp usr/lib/*/*.so* lib/ || true';
  const env = {
    PATH: `${join(directory, 'usr/bin')}${delimiter}${process.env.PATH}`,
    LD_LIBRARY_PATH: lib,
    PYTHON: python,
  };
  try {
    const { stdout: newer } = await run(python, ['-c', FIND_LIBRARY]);
    symlinkSync(newer.trim(), join(lib, 'librdkafka.so.1'));
    await run('sh', ['-c', script], { cwd: directory, timeout: FETCH_MS });
    await run('kcat', ['-V'], { env });
  } catch (error) {
    return { missing: (error as Error).message.trim() };
  }
  return {
    start: (folder, ...more) =>
      new ReaderRun([join(READERS, 'read_with_kcat.sh'), folder, ...more], env, jsonEvent),
  };
}

const CONSOLE_LINE = /^Partition:\d+\tOffset:\d+\t\S*ce_source:\/orderstream\/(?<topic>[a-z]+),.*\t\{/;

async function consoleReader(): Promise<ExampleReader> {
  if (!existsSync(KAFKA_FILES.directory)) return { missing: 'no distribution of Kafka' };
  const directory = await makeTestDirectory('console');
  const jars = join(directory, 'jars');
  const copy = ['-B', '-q', '-f', join(READERS, 'pom.xml'), 'dependency:copy-dependencies', `-Djars=${jars}`];
  try {
    await run('mvn', copy, { timeout: FETCH_MS });
  } catch (error) {
    return { missing: (error as Error).message.trim().split('\n').slice(0, 3).join(' ') };
  }
  // Stands for the script of that name in a distribution, which only sets the class path.
  const script = join(directory, 'kafka-console-consumer.sh');
  const java = `exec '${JAVA}' -Xmx256m -XX:+UseSerialGC -cp "${KAFKA_FILES.directory}/*:$CLASSPATH"`;
  const text = `#!/bin/sh\n${java} org.apache.kafka.tools.consumer.ConsoleConsumer "$@"\n`;
  writeFileSync(script, text, { mode: 0o755 });
  const env = { PATH: `${directory}${delimiter}${process.env.PATH}`, CLASSPATH: `${jars}/*` };
  return {
    start: (folder, ...more) =>
      new ReaderRun([join(READERS, 'read_with_console.sh'), folder, ...more], env, (line) => {
        const topic = CONSOLE_LINE.exec(line)?.groups?.topic;
        return topic === undefined ? undefined : { topic, line };
      }),
  };
}
