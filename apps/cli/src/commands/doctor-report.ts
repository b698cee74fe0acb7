import type { CheckResult, ProbeReport } from '../doctor/probe.js';
import type { Diagnosis } from '../doctor/doctor.js';
import type { Finding, Level } from '#libs/kafka';
import type { DurationSpread } from '../doctor/durations.js';
import type { PromiseVerdict } from '../doctor/judgement.js';

const LABELS: Readonly<Record<Level, string>> = { ok: 'OK  ', warn: 'WARN', fail: 'FAIL' };

/** A diagnosis for people: the findings first, the verdict on each promise last. */
export function doctorReport({ clusterId, findings, probe, verdicts }: Diagnosis, brokers: string[]): string {
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
