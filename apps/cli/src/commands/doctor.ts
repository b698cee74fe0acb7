import { Command } from 'commander';
import { diagnose, type Diagnosis } from '../doctor/doctor.js';
import { cliSettings, print } from '../cli-settings.js';
import { interruptible } from '../resources.js';
import type { CheckResult, DurationSpread, ProbeReport } from '../doctor/probe.js';
import type { Finding, Level } from '#libs/kafka';
import type { PromiseVerdict } from '../doctor/judgement.js';

/** Exits with 1 if a promise does not hold on this cluster, so that a deployment can depend on it. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description(
      'check what the Kafka cluster can promise, by its settings and by a probe on a topic of its own',
    )
    .option('--json', 'print the findings as JSON')
    .action(async ({ json }: { json?: boolean }) => {
      const settings = cliSettings();
      // An interrupted probe must still delete its topic.
      const diagnosis = await interruptible((signal) => diagnose(settings, signal));
      print(json ? JSON.stringify(diagnosis, undefined, 2) : doctorReport(diagnosis, settings.kafka.brokers));
      if (diagnosis.level === 'fail') process.exitCode = 1;
    });
}

const LABELS: Readonly<Record<Level, string>> = { ok: 'OK  ', warn: 'WARN', fail: 'FAIL' };

/** A diagnosis for people: the findings first, the verdict on each promise last. */
function doctorReport({ clusterId, findings, probe, verdicts }: Diagnosis, brokers: string[]): string {
  return [
    `Cluster ${clusterId} at ${brokers.join(', ')}`,
    '',
    'What the cluster is and how it is set up',
    ...findings.flatMap(findingLines),
    ...(probe ? ['', ...probeLines(probe)] : []),
    '',
    'What the cluster can promise',
    ...verdicts.map(verdictLine),
  ].join('\n');
}

function findingLines(finding: Finding): string[] {
  const { level, about, is, follows } = finding;
  const line = `${LABELS[level]}  ${about}: ${is}${follows && `; ${follows}`}`;
  return finding.level === 'ok' ? [line] : [line, `      To fix it: ${finding.remedy}.`];
}

function probeLines({ topic, transactionalId, checks, durations, notDeleted }: ProbeReport): string[] {
  return [
    `What it did on topic ${topic}, ${notDeleted === undefined ? 'which is deleted' : 'which is still there'}`,
    ...checks.filter(({ outcome }) => outcome !== 'untried').map(checkLine),
    ...untriedLines(checks),
    ...(durations
      ? [`      a claim takes ${spread(durations.claimMs)}, an append ${spread(durations.appendMs)}`]
      : []),
    `      left to expire: the transactional id ${transactionalId}`,
  ];
}

const checkLine = ({ name, outcome, ms, problem }: CheckResult): string =>
  outcome === 'passed'
    ? `${LABELS.ok}  ${name} (${ms} ms)`
    : `${LABELS.fail}  ${name} (${ms} ms): ${problem}`;

/** The first obstacle stops all later checks. */
function untriedLines(checks: readonly CheckResult[]): string[] {
  const [first, ...others] = checks.filter(({ outcome }) => outcome === 'untried');
  if (!first) return [];
  const which = others.length === 0 ? `"${first.name}"` : `"${first.name}" and ${others.length} more`;
  return [
    `${LABELS.fail}  ${which} could not be tried: ${first.problem}`,
    '      To fix it: remove that obstacle, and run the doctor again.',
  ];
}

const spread = ({ median, longest, times }: DurationSpread): string =>
  `${median} ms (median of ${times}, longest ${longest})`;

const verdictLine = ({ level, promise, text, says }: PromiseVerdict): string =>
  `${LABELS[level]}  ${promise}. ${text} This ${says}.`;
