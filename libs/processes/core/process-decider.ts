import { type Decider, fail, ok, type Rejection, type Result, unreachable } from '#libs/kernel';
import { type ExistingProcess, exists, type Process } from './process.js';
import type { HandleEvent, ProcessCommand } from './process-commands.js';
import type { AnyProcessDefinition, JsonData } from './process-definition.js';
import type { ProcessEvent } from './process-events.js';
import { evolveProcess } from './process-evolution.js';
import { inputOf, isNews, quietStep, stepOf } from './process-step.js';

export type ProcessRejection = Rejection<'process-not-found' | 'process-ended' | 'process-past-cancelling'>;

type Decision = Result<readonly ProcessEvent[], ProcessRejection>;

const NOTHING: Decision = ok([]);

/** The rules of all processes: they remember what came in and what went out, and ask their definition what is next. */
export function processDecider(
  definitions: readonly AnyProcessDefinition[],
): Decider<Process, ProcessCommand, ProcessEvent, ProcessRejection> {
  const byName = new Map(definitions.map((each) => [each.name, each]));
  const definitionOf = (name: string): AnyProcessDefinition => {
    const definition = byName.get(name);
    if (!definition) throw new Error(`there is no definition of ${name} processes`);
    return definition;
  };
  return {
    initialState: { processId: '' },
    decide: (command, state) =>
      exists(state) ? decide(definitionOf(state.process), command, state) : begin(definitionOf, command),
    evolve: (state, event) => evolveProcess(definitionOf(event.data.process), state, event),
  };
}

function begin(definitionOf: (name: string) => AnyProcessDefinition, command: ProcessCommand): Decision {
  switch (command.type) {
    case 'handle-event':
      return start(definitionOf(command.process), command);
    case 'retry-process':
    case 'cancel-process':
      return fail({ code: 'process-not-found', detail: `There is no process ${command.processId}.` });
    default:
      return NOTHING;
  }
}

function start(definition: AnyProcessDefinition, command: ProcessCommand & HandleEvent): Decision {
  const facts = definition.start(command.event) as JsonData | undefined;
  if (facts === undefined) return NOTHING;
  const { step } = stepOf(definition, command, facts, { open: {}, timers: {} });
  return ok([{ type: 'process.started', data: step }]);
}

function decide(definition: AnyProcessDefinition, command: ProcessCommand, state: ExistingProcess): Decision {
  switch (command.type) {
    case 'report-stuck':
      return command.commandId in state.open && state.error !== command.error
        ? stuck(command, state, command.error)
        : NOTHING;
    case 'retry-process':
      return retry(definition, command, state);
    case 'cancel-process':
      return state.ended ? hasEnded(state) : cancel(definition, command, state);
    case 'handle-event':
    case 'handle-answer':
    case 'fire-timer':
      return isNews(command, state) && !isDeferred(command, state)
        ? handle(definition, command, state)
        : NOTHING;
    default:
      return unreachable(command);
  }
}

const hasEnded = ({ processId, ended }: ExistingProcess): Decision =>
  fail({ code: 'process-ended', detail: `Process ${processId} is ${ended}.` });

function cancel(definition: AnyProcessDefinition, command: ProcessCommand, state: ExistingProcess): Decision {
  const decision = handle(definition, command, state);
  if (!decision.ok || decision.value.length > 0) return decision;
  const detail = `Process ${state.processId} is past the point at which it can be undone.`;
  return fail({ code: 'process-past-cancelling', detail });
}

const stuck = (command: ProcessCommand, state: ExistingProcess, error: string): Decision =>
  ok([{ type: 'process.stuck', data: { ...quietStep(command, state), error } }]);

/** Handles an input. One on which the definition fails waits for a retry, so that no other process is harmed. */
function handle(definition: AnyProcessDefinition, command: ProcessCommand, state: ExistingProcess): Decision {
  if (state.deferred.length > 0) return stuck(command, state, state.error ?? '');
  try {
    return ok(react(definition, command, state));
  } catch (error) {
    return stuck(command, state, `The process cannot handle an input: ${(error as Error).message}`);
  }
}

/** An input that came before comes at another time, and is the same in all else. */
function isDeferred(command: ProcessCommand, { deferred }: ExistingProcess): boolean {
  const timeless = (input: ProcessCommand): string => JSON.stringify({ ...input, at: 0 });
  return deferred.some((input) => timeless(input) === timeless(command));
}

function react(
  definition: AnyProcessDefinition,
  command: ProcessCommand,
  state: ExistingProcess,
): readonly ProcessEvent[] {
  const facts = definition.apply(state.facts, inputOf(command, state)) as JsonData;
  const { step, end } = stepOf(definition, command, facts, state);
  const goesOut =
    step.commands.length + step.withdrawn.length + step.timersSet.length + step.timersCleared.length;
  // An answer is news in any case: nobody waits for it any more.
  if (facts === state.facts && command.type !== 'handle-answer' && goesOut === 0) return [];
  return [{ type: end ? `process.${end}` : 'process.advanced', data: step }];
}

function retry(definition: AnyProcessDefinition, command: ProcessCommand, state: ExistingProcess): Decision {
  if (state.deferred.length === 0) {
    if (state.error === null) return state.ended ? hasEnded(state) : NOTHING;
    return ok([{ type: 'process.advanced', data: quietStep(command, state) }]);
  }
  const events: ProcessEvent[] = [];
  let current = state;
  for (const input of state.deferred) {
    const event = handledAtLast(definition, input, current);
    if (!event) break;
    events.push(event);
    current = evolveProcess(definition, current, event);
  }
  return ok(events);
}

/** `undefined` if the definition still fails on it, and the process stays as it is. */
function handledAtLast(
  definition: AnyProcessDefinition,
  input: ProcessCommand,
  state: ExistingProcess,
): ProcessEvent | undefined {
  try {
    const [event] = isNews(input, state) ? react(definition, input, state) : [];
    // An input that changes nothing any more leaves the list all the same.
    return event ?? { type: 'process.advanced', data: quietStep(input, state) };
  } catch {
    return undefined;
  }
}
