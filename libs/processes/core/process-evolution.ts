import {
  type ExistingProcess,
  exists,
  MAX_STEPS,
  type OpenCommand,
  type Process,
  type StoryLine,
} from './process.js';
import type { ProcessCommand } from './process-commands.js';
import type { AnyProcessDefinition, JsonData } from './process-definition.js';
import type { ProcessEvent, ProcessStep } from './process-events.js';
import { inputOf, isNews, withoutAnswered } from './process-step.js';

/** Applies a step. What went out is read from the event, so a later plan of the definition cannot change the past. */
export function evolveProcess(
  definition: AnyProcessDefinition,
  state: Process,
  { type, data }: ProcessEvent,
): ExistingProcess {
  const input = JSON.parse(data.input) as ProcessCommand;
  const before = exists(state) ? state : begun(definition, data, input);
  const after = { ...before, progressAt: input.at, steps: withStep(before.steps, data) };
  if (type === 'process.stuck') return stuck(after, data, input);
  const deferred = withoutFirst(before.deferred, data.input);
  const next = { ...after, deferred, error: deferred.length > 0 ? before.error : null };
  if (input.type === 'retry-process') return next;
  // The first facts come from the first event; an input that a retry found overtaken tells nothing.
  if (exists(state) && !isNews(input, before)) return next;
  const facts = exists(state)
    ? (definition.apply(before.facts, inputOf(input, before)) as JsonData)
    : before.facts;
  const causationId = input.type === 'handle-event' ? input.eventId : before.causationId;
  return {
    ...next,
    ...definition.subject(facts),
    facts,
    causationId,
    ...(input.type === 'handle-event' && { traceparent: input.traceparent }),
    seen: input.type === 'handle-event' ? { ...before.seen, [input.stream]: input.version } : before.seen,
    open: openAfter(withoutAnswered(before.open, input), data, input.at, causationId),
    timers: timersAfter(before.timers, data),
    ended: type === 'process.completed' ? 'completed' : type === 'process.compensated' ? 'compensated' : null,
  };
}

function begun(definition: AnyProcessDefinition, data: ProcessStep, input: ProcessCommand): ExistingProcess {
  const facts =
    input.type === 'handle-event' ? (definition.start(input.event) as JsonData | undefined) : undefined;
  if (input.type !== 'handle-event' || facts === undefined)
    throw new Error(`a ${data.process} process does not start with ${data.trigger}`);
  return {
    processId: data.processId,
    process: data.process,
    ...definition.subject(facts),
    correlationId: input.correlationId,
    causationId: input.eventId,
    facts,
    open: {},
    timers: {},
    seen: {},
    ended: null,
    error: null,
    deferred: [],
    progressAt: input.at,
    steps: [],
  };
}

/** An input that is no mere report could not be handled, and waits for a retry. */
const stuck = (state: ExistingProcess, { error }: ProcessStep, input: ProcessCommand): ExistingProcess => ({
  ...state,
  error,
  deferred: input.type === 'report-stuck' ? state.deferred : [...state.deferred, input],
});

const withoutFirst = (deferred: readonly ProcessCommand[], input: string): readonly ProcessCommand[] =>
  deferred[0] && JSON.stringify(deferred[0]) === input ? deferred.slice(1) : deferred;

function openAfter(
  open: ExistingProcess['open'],
  { commands, withdrawn }: ProcessStep,
  since: number,
  causationId: string | null,
): ExistingProcess['open'] {
  if (commands.length + withdrawn.length === 0) return open;
  const sent = commands.map(({ commandId, key, target, payload }): [string, OpenCommand] => [
    commandId,
    { key, target, payload: JSON.parse(payload) as OpenCommand['payload'], causationId, since },
  ]);
  const gone = new Set(withdrawn);
  return Object.fromEntries([...Object.entries(open).filter(([id]) => !gone.has(id)), ...sent]);
}

function timersAfter(
  timers: ExistingProcess['timers'],
  { timersSet, timersCleared }: ProcessStep,
): ExistingProcess['timers'] {
  if (timersSet.length + timersCleared.length === 0) return timers;
  const cleared = new Set(timersCleared);
  return Object.fromEntries([
    ...Object.entries(timers).filter(([name]) => !cleared.has(name)),
    ...timersSet.map(({ name, dueAt }) => [name, Date.parse(dueAt)] as const),
  ]);
}

function withStep(
  steps: readonly StoryLine[],
  { at, trigger, commands, error }: ProcessStep,
): readonly StoryLine[] {
  const step: StoryLine = {
    at,
    trigger,
    sent: commands.map(({ key }) => key),
    ...(error !== null && { error }),
  };
  return [...steps, step].slice(-MAX_STEPS);
}
