import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { awaitInSyncReplicas } from './broker-faults.js';
import { Chaos, FAULTS, type Fault } from './chaos.js';
import { type Evidence, violationsIn } from './checks/all-checks.js';
import type { History } from './history.js';
import type { Testbed } from './testbed.js';
import { LogReader, readBatches, unreadRecords } from './log-reader.js';
import type { RunResult } from './report.js';
import { Workload } from './workload.js';

const TOPIC = 'orders';
/** Longer than a command lives in a server: none that a client has given up on may come after the log was read. */
const SETTLE_MS = 8_000;
const CALM_MS = 3_000;
const REPEATS_MS = 5_000;
/** After the last fault every partition must take commands again within this time. */
const RECOVERY_MS = 30_000;
const PROGRESS_MS = 10_000;
/** Longest pause of a client between two operations. */
const PAUSE_MS = 80;
const LEAST_DEFINITE = 0.9;
const LEAST_OK = 0.5;
const LEAST_TAKEOVERS = 20;

interface IntegrityOptions {
  readonly seed: number;
  /** How long to inflict faults, or how many rounds of each kind. */
  readonly faulty: { readonly seconds: number } | { readonly rounds: number };
  /** All of them by default. */
  readonly faults?: readonly Fault[];
  readonly clients: number;
  readonly keys: boolean;
  readonly batches: boolean;
  readonly log: (line: string) => void;
}

/** Load and faults at once; then what clients were told is compared with what the log holds. */
export async function runIntegrity(testbed: Testbed, options: IntegrityOptions): Promise<RunResult> {
  const { instances, client, history } = testbed;
  const load = { ...options, instances: instances.length, pauseMs: PAUSE_MS };
  const workload = new Workload(client, history, load);
  const beforeWaking = (instance: number) => workload.visit(instance);
  const chaos = new Chaos(testbed, options.faults ?? FAULTS, options.seed, options.log, beforeWaking);
  const notHealed = await loadWithFaults(testbed, workload, chaos, options);
  options.log('the log is being read');
  const evidence = { attempts: history.attempts, ...(await readLog(testbed)) };
  const takeovers = await countTakeovers(instances);
  return {
    violations: violationsIn(evidence),
    voidBecause: [...notHealed, ...reasonsToVoid(history, evidence, takeovers)],
    counts: { ...countsOf(history, evidence), takeovers, ...chaos.counts() },
  };
}

/** @returns what did not come back. The promises to clients must hold regardless. */
async function loadWithFaults(
  { servers, history }: Testbed,
  workload: Workload,
  chaos: Chaos,
  options: IntegrityOptions,
): Promise<string[]> {
  const progress = setInterval(() => {
    const { ok, failed, unknown } = history.operationsByOutcome();
    options.log(`operations: ${ok} ok, ${failed} failed, ${unknown} unknown`);
  }, PROGRESS_MS);
  const notHealed: string[] = [];
  workload.start();
  await sleep(CALM_MS);
  try {
    if ('rounds' in options.faulty) await chaos.run(options.faulty.rounds);
    else await Promise.race([chaos.run(), sleep(options.faulty.seconds * 1_000)]);
    await chaos.stop();
    await awaitInSyncReplicas(servers.kafka.directBrokers);
    options.log('all is healed');
  } catch (error) {
    notHealed.push(`something did not come back: ${(error as Error).message}`);
  }
  await sleep(CALM_MS);
  await workload.stop();
  if (!(await workload.takesCommands(RECOVERY_MS))) {
    notHealed.push(`not every partition takes commands ${RECOVERY_MS / 1_000} s after all was healed`);
  }
  if (options.keys) await workload.repeatKeyed(REPEATS_MS);
  await sleep(SETTLE_MS);
  clearInterval(progress);
  return notHealed;
}

async function readLog({ servers }: Testbed): Promise<Pick<Evidence, 'log' | 'batches'>> {
  const { directory, kafka, registry } = servers;
  const reader = new LogReader(kafka.directBrokers, registry.url, join(directory, 'console-consumer.log'));
  const log = await reader.read(TOPIC);
  const dumpLog = join(directory, 'dump-log.log');
  return { log, batches: await readBatches(join(directory, 'kafka', 'kafka-1', 'log'), TOPIC, dumpLog) };
}

/** Logged when an instance has claimed a partition and read it to the end. */
const READY = 'partition ready for commands';

/** How often a partition of the topic got another owner after its first one, by what the instances have logged. */
async function countTakeovers(instances: Testbed['instances']): Promise<number> {
  const partitions: number[] = [];
  for (const instance of instances) {
    for await (const entry of instance.logEntries<{ topic: string; partition: number }>(READY)) {
      if (entry.topic === TOPIC) partitions.push(entry.partition);
    }
  }
  return partitions.length - new Set(partitions).size;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function reasonsToVoid(history: History, { log, batches }: Evidence, takeovers: number): string[] {
  const { ok, failed, unknown } = history.operationsByOutcome();
  const operations = ok + failed + unknown;
  const unread = unreadRecords(batches, log);
  return [
    ...((ok + failed) / operations < LEAST_DEFINITE
      ? [`only ${percent((ok + failed) / operations)} of the operations are definite`]
      : []),
    ...(ok / operations < LEAST_OK
      ? [`only ${percent(ok / operations)} of the operations were answered`]
      : []),
    ...(takeovers < LEAST_TAKEOVERS ? [`only ${takeovers} takeovers`] : []),
    ...(unread === 0 ? [] : [`the reader saw ${unread} records less than the broker's files have`]),
  ];
}

function countsOf(history: History, { attempts, log, batches }: Evidence): Record<string, number> {
  const { ok, failed, unknown } = history.operationsByOutcome();
  const counts: Record<string, number> = {
    operations: ok + failed + unknown,
    'operations ok': ok,
    'operations failed': failed,
    'operations unknown': unknown,
    attempts: attempts.length,
    'attempts with a key': attempts.filter(({ request }) => request.key !== undefined).length,
    'attempts in batches': attempts.filter(({ via }) => via === 'batch').length,
  };
  for (const { outcome } of attempts) {
    const what = outcome.kind === 'rejected' ? `rejected, ${outcome.status} ${outcome.code}` : outcome.kind;
    const name = `attempts ${what}${'why' in outcome ? `, ${outcome.why}` : ''}`;
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return {
    ...counts,
    'events in the log': log.length,
    'streams in the log': new Set(log.map(({ streamId }) => streamId)).size,
    'claims in the log': batches.filter(({ isControl }) => isControl).length,
  };
}
