import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runCli, startKafkaCluster } from '../../tools/launcher/embedded.mjs';
import { runIntegrity } from '../integrity/integrity-run.js';
import { openTestbed } from '../integrity/testbed.js';

/** A cluster of one version of Kafka, to be tried. */
export interface BrokerTrial {
  readonly version: string;
  readonly brokers: 1 | 3;
}

export interface TrialResult extends BrokerTrial {
  readonly checks: number;
  /** Of the conformance checks. */
  readonly passed: number;
  readonly claimMs: number | undefined;
  readonly appendMs: number | undefined;
  /** Everything that speaks against the version, in words; empty if it can be used. */
  readonly problems: readonly string[];
  readonly seconds: number;
}

interface DoctorReport {
  readonly findings: readonly { level: string; about: string; is: string }[];
  readonly probe?: {
    readonly checks: readonly { name: string; outcome: string; problem?: string }[];
    readonly durations?: Record<'claimMs' | 'appendMs', { median: number }>;
  };
}

interface TrialOptions {
  /** How long brokers and writers fail under load. Only three brokers survive that. */
  readonly faultySeconds: number;
  readonly seed: number;
  readonly log: (line: string) => void;
}

/** Runs the conformance checks on a new cluster, and, where it has three brokers, the product on another while things fail. */
export async function tryBrokers(trial: BrokerTrial, options: TrialOptions): Promise<TrialResult> {
  const began = performance.now();
  const examined = await examine(trial);
  const faulty = trial.brokers > 1 && options.faultySeconds > 0;
  const violations = faulty ? await sufferFaults(trial, options) : [];
  const seconds = Math.round((performance.now() - began) / 1_000);
  return { ...trial, ...examined, problems: [...examined.problems, ...violations], seconds };
}

async function examine({ version, brokers }: BrokerTrial) {
  const directory = await mkdtemp(join(tmpdir(), `orderstream-kafka-${version}-`));
  const cluster = await startKafkaCluster({ directory: join(directory, 'kafka'), brokers, version });
  try {
    const env = { KAFKA_BROKERS: cluster.brokers, TOPIC_REPLICATION: String(brokers), ...UNUSED };
    const logFile = join(directory, 'doctor.log');
    return judged(JSON.parse(await runCli({ args: ['doctor', '--json'], env, logFile })) as DoctorReport);
  } finally {
    await cluster.stop();
    await rm(directory, { recursive: true });
  }
}

/** The doctor does without these servers, and its settings want their addresses. */
const UNUSED = {
  DATABASE_URL: 'postgresql://127.0.0.1:1/none',
  SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1',
};

function judged({ findings, probe }: DoctorReport) {
  const checks = probe?.checks ?? [];
  const failed = checks.filter(({ outcome }) => outcome !== 'passed');
  return {
    checks: checks.length,
    passed: checks.length - failed.length,
    claimMs: probe?.durations?.claimMs.median,
    appendMs: probe?.durations?.appendMs.median,
    problems: [
      ...(checks.length === 0 ? ['nothing was checked'] : []),
      ...failed.map(({ name, outcome, problem }) => `${name}: ${problem ?? outcome}`),
      ...findings.flatMap(({ level, about, is }) => (level === 'fail' ? [`${about}: ${is}`] : [])),
    ],
  };
}

async function sufferFaults({ version }: BrokerTrial, { faultySeconds, seed, log }: TrialOptions) {
  const testbed = await openTestbed(2, {}, version);
  let problems = ['the run was not finished'];
  try {
    const faulty = { seconds: faultySeconds };
    const run = await runIntegrity(testbed, { seed, faulty, clients: 12, keys: true, batches: true, log });
    problems = [...run.violations.map((violation) => JSON.stringify(violation)), ...run.voidBecause];
    return problems;
  } finally {
    await testbed.close({ keepLogs: problems.length > 0 });
  }
}
