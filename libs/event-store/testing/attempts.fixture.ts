import type { RecordedEvent } from '#libs/kernel';
import type { CommandRequest, CommandResult } from '../core/command.js';
import type { Add, CounterState } from './counter.fixture.js';

/** A client's answer, or the name of the error it got. */
export type CommandOutcome = { readonly result: CommandResult<CounterState> } | { readonly error: string };

export interface CommandAttempt {
  readonly request: CommandRequest<Add>;
  /** Logical times, counting everything that clients observed. */
  readonly startedAt: number;
  endedAt: number;
  /** The stream's version in the log when the command was sent and when it was answered. */
  readonly versions: { readonly from: number; to: number };
  outcome: CommandOutcome | undefined;
}

const acceptedOf = ({ outcome }: CommandAttempt) =>
  outcome && 'result' in outcome && outcome.result.ok ? outcome.result.value : undefined;

const SURELY_WITHOUT_EFFECT = 'CommandUnavailableError';
const MAYBE_WITH_EFFECT = 'CommandOutcomeUnknownError';

/** Describes every answer to a client that contradicts the log. */
export function violations(attempts: readonly CommandAttempt[], log: readonly RecordedEvent[]): string[] {
  return [
    ...historyViolations(log),
    ...attempts.flatMap((attempt) => attemptViolations(attempt, log)),
    ...keyViolations(attempts, log),
    ...orderViolations(attempts),
  ];
}

function groupedBy<Item>(items: readonly Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

const byStream = (log: readonly RecordedEvent[]) => groupedBy(log, ({ metadata }) => metadata.streamId);

function historyViolations(log: readonly RecordedEvent[]): string[] {
  return [...byStream(log)].flatMap(([streamId, events]) => {
    const versions = events.map(({ metadata }) => metadata.version);
    const tenants = new Set(events.map(({ metadata }) => metadata.tenant));
    return [
      ...(versions.every((version, index) => version === index + 1)
        ? []
        : [`${streamId} has ${versions.join()}`]),
      ...(tenants.size === 1 ? [] : [`${streamId} has tenants ${[...tenants].join()}`]),
      ...(totalOf(events) <= 100 ? [] : [`${streamId} is too high`]),
    ];
  });
}

const totalOf = (events: readonly RecordedEvent[]): number =>
  events.reduce((total, { data }) => total + (data as Add).amount, 0);

function attemptViolations(attempt: CommandAttempt, log: readonly RecordedEvent[]): string[] {
  const { request, outcome } = attempt;
  const name = `${request.correlationId} to ${request.streamId}`;
  const own = log.filter(({ metadata }) => metadata.correlationId === request.correlationId);
  if (!outcome) return [`${name} has no answer`];
  const found: string[] = [];
  if (own.length > 1) found.push(`${name} has ${own.length} events`);
  for (const { metadata } of own) {
    const { expectedVersion } = request;
    if (typeof expectedVersion === 'number' && metadata.version !== expectedVersion + 1)
      found.push(`${name} expected ${expectedVersion} and made ${metadata.version}`);
  }
  const accepted = acceptedOf(attempt);
  if (accepted) return [...found, ...answerViolations(name, attempt, log)];
  const error = 'error' in outcome ? outcome.error : undefined;
  if (error !== undefined && error !== SURELY_WITHOUT_EFFECT && error !== MAYBE_WITH_EFFECT)
    found.push(`${name} failed by ${error}`);
  if (error !== MAYBE_WITH_EFFECT && own.length > 0)
    found.push(`${name} had an effect, though ${JSON.stringify(outcome)}`);
  if (!couldBeRefused(attempt, byStream(log).get(request.streamId) ?? []))
    found.push(`${name} was refused for a state that had gone: ${JSON.stringify(outcome)}`);
  return found;
}

/** A rejection must fit some state that the stream had while the command was in flight. */
function couldBeRefused(
  { request, outcome, versions }: CommandAttempt,
  history: readonly RecordedEvent[],
): boolean {
  if (!outcome || !('result' in outcome) || outcome.result.ok) return true;
  const { expectedVersion, tenant, command } = request;
  if (history.some(({ metadata }) => metadata.tenant !== tenant)) return true;
  const { code } = outcome.result.problem;
  for (let version = versions.from; version <= versions.to; version++) {
    if (code === 'version-mismatch' && version !== expectedVersion) return true;
    if (code === 'counter-too-high' && totalOf(history.slice(0, version)) + command.amount > 100) return true;
  }
  return code !== 'version-mismatch' && code !== 'counter-too-high';
}

/** An answer must match an event in the log and the stream's state after it. */
function answerViolations(name: string, attempt: CommandAttempt, log: readonly RecordedEvent[]): string[] {
  const accepted = acceptedOf(attempt);
  const { request } = attempt;
  const history = byStream(log).get(request.streamId) ?? [];
  const event = history.find(({ metadata }) => metadata.version === accepted?.stream.version);
  if (!accepted || !event) return [`${name} was told of a version that is not there`];
  const told = [accepted.position.partition, accepted.position.offset, accepted.stream.state.total];
  const total = totalOf(history.slice(0, accepted.stream.version));
  const truth = [event.position.partition, event.position.offset, total];
  const { correlationId, commandId } = event.metadata;
  const isOwn =
    request.commandId === undefined
      ? correlationId === request.correlationId
      : commandId === request.commandId;
  return [
    ...(isOwn ? [] : [`${name} was told of the event of ${correlationId}`]),
    ...(told.join() === truth.join() ? [] : [`${name} was told ${told.join()}, not ${truth.join()}`]),
  ];
}

/** Each key takes effect once, and all its requests get the same answer. */
function keyViolations(attempts: readonly CommandAttempt[], log: readonly RecordedEvent[]): string[] {
  const keyed = attempts.filter(({ request }) => request.commandId !== undefined);
  const keyOf = ({ streamId, commandId, tenant }: CommandRequest<Add>) =>
    [streamId, commandId, tenant].join();
  return [...groupedBy(keyed, ({ request }) => keyOf(request))].flatMap(([key, repeats]) => {
    const effects = log.filter(
      ({ metadata: { streamId, commandId, tenant } }) => [streamId, commandId, tenant].join() === key,
    );
    const answers = new Set(repeats.flatMap((each) => JSON.stringify(acceptedOf(each)) ?? []));
    const answered = repeats.filter((each) => acceptedOf(each));
    const hashes = new Set(answered.map(({ request }) => request.requestHash));
    const reused = repeats.some(({ outcome }) => JSON.stringify(outcome).includes('idempotency-key-reused'));
    return [
      ...(effects.length <= 1 ? [] : [`key ${key} has ${effects.length} effects`]),
      ...(answers.size <= 1 && hashes.size <= 1 ? [] : [`key ${key} has ${answers.size} answers`]),
      ...(reused && effects.length === 0 ? [`key ${key} was reused before it was used`] : []),
    ];
  });
}

/** A command sent after another was answered takes effect after it. */
function orderViolations(attempts: readonly CommandAttempt[]): string[] {
  const made = attempts.filter((each) => acceptedOf(each) && each.request.commandId === undefined);
  return [...groupedBy(made, ({ request }) => request.streamId).values()].flatMap((sameStream) =>
    sameStream.flatMap((earlier) =>
      sameStream
        .filter(({ startedAt }) => earlier.endedAt < startedAt)
        .filter((later) => versionOf(later) <= versionOf(earlier))
        .map((later) => `${later.request.correlationId} overtook ${earlier.request.correlationId}`),
    ),
  );
}

const versionOf = (attempt: CommandAttempt): number => acceptedOf(attempt)?.stream.version ?? 0;
