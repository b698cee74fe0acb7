import type {
  CheckResult,
  Diagnosis,
  Finding,
  Level,
  ProbeReport,
  DurationSpread,
  PromiseVerdict,
} from '#libs/event-store-kafka';

const LABELS: Readonly<Record<Level, string>> = { ok: 'OK  ', warn: 'WARN', fail: 'FAIL' };

/** A diagnosis for people: what it rests on first, what follows from all of it last. */
export function doctorReport({ clusterId, findings, probe, verdicts }: Diagnosis, brokers: string[]): string {
  return [
    `Cluster ${clusterId} at ${brokers.join(', ')}`,
    '',
    'What it is, and how it is set up',
    ...findings.map(findingLine),
    ...(probe ? ['', ...probeLines(probe)] : []),
    '',
    'What it can promise',
    ...verdicts.map(verdictLine),
  ].join('\n');
}

const findingLine = ({ level, about, is, follows }: Finding): string =>
  `${LABELS[level]}  ${about}: ${is}${follows && `; ${follows}`}`;

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

/** One obstacle stops all that would follow. */
function untriedLines(checks: readonly CheckResult[]): string[] {
  const [first, ...others] = checks.filter(({ outcome }) => outcome === 'untried');
  if (!first) return [];
  const which = others.length === 0 ? `"${first.name}"` : `"${first.name}" and ${others.length} more`;
  return [`${LABELS.fail}  ${which} could not be tried: ${first.problem}`];
}

const spread = ({ median, longest, times }: DurationSpread): string =>
  `${median} ms (median of ${times}, longest ${longest})`;

const verdictLine = ({ level, promise, text, says }: PromiseVerdict): string =>
  `${LABELS[level]}  ${promise}. ${text} This ${says}.`;
