import { v5 } from 'uuid';
import { clampToInstant, formatInstant, unreachable } from '#libs/kernel';
import type { ExistingProcess } from './process.js';
import type { ProcessCommand } from './process-commands.js';
import type {
  AnyProcessDefinition,
  Ending,
  Input,
  JsonData,
  OutgoingCommand,
  Plan,
} from './process-definition.js';
import type { ProcessStep, RecordedCommand } from './process-events.js';

type Open = ExistingProcess['open'];

const COMMAND_NAMESPACE = 'a3c1a1a5-7c63-4c0f-9d1a-3a3a0b6f2f6e';

/** The id of a process's command: the same whenever, and by whomever, it is sent. */
export const commandIdOf = (processId: string, key: string): string =>
  v5(`${processId}/${key}`, COMMAND_NAMESPACE);

/** What the definition is told of an input that it has a say in. */
export function inputOf(command: ProcessCommand, { open }: ExistingProcess): Input<JsonData> {
  switch (command.type) {
    case 'handle-event':
      return { type: 'event', event: command.event };
    case 'handle-answer':
      return { type: 'answer', key: open[command.commandId]?.key ?? '', answer: command.answer };
    case 'fire-timer':
      return { type: 'timer', name: command.name };
    case 'cancel-process':
      return { type: 'cancel', reason: command.reason };
    case 'report-stuck':
    case 'retry-process':
      throw new Error(`a definition has no say in ${command.type}`);
    default:
      return unreachable(command);
  }
}

/** Whether an input still matters: a repeat does not, nor does what has been overtaken. */
export function isNews(input: ProcessCommand, { seen, open, timers, ended }: ExistingProcess): boolean {
  switch (input.type) {
    case 'handle-event':
      return (seen[input.stream] ?? 0) < input.version;
    case 'handle-answer':
      return input.commandId in open;
    case 'fire-timer':
      return timers[input.name] === input.dueAt && input.at >= input.dueAt;
    default:
      return ended === null;
  }
}

/** The same object unless the command is an answer to one of these. */
export function withoutAnswered(open: Open, command: ProcessCommand): Open {
  if (command.type !== 'handle-answer' || !(command.commandId in open)) return open;
  const { [command.commandId]: _, ...left } = open;
  return left;
}

interface Running {
  readonly open: Open;
  readonly timers: ExistingProcess['timers'];
}

/** What the plan asks for, beyond what is on its way already; and the end, if that leaves nothing to wait for. */
export function stepOf(
  definition: AnyProcessDefinition,
  command: ProcessCommand,
  facts: JsonData,
  before: Running,
): { readonly step: ProcessStep; readonly end: Ending | undefined } {
  const { processId } = command;
  const { timers } = before;
  const open = withoutAnswered(before.open, command);
  const openKeys = new Set(Object.values(open).map(({ key }) => key));
  const plan: Plan = definition.plan(facts, (key) => openKeys.has(key));
  const { subject: _, ...about } = definition.subject(facts);
  const commands = plan.commands
    .filter(({ key }) => !openKeys.has(key))
    .map((each) => recordedCommand(processId, each));
  const withdrawn = (plan.withdrawn ?? [])
    .map((key) => commandIdOf(processId, key))
    .filter((id) => id in open);
  const wanted = new Map(plan.timers.map((timer) => [timer.name, timer.dueAt]));
  const step: ProcessStep = {
    ...quietStep(command, { process: definition.name, ...about, open: before.open }),
    commands,
    withdrawn,
    timersSet: [...wanted]
      .filter(([name, dueAt]) => timers[name] !== dueAt)
      .map(([name, dueAt]) => ({ name, dueAt: timeOf(dueAt) })),
    timersCleared: Object.keys(timers).filter((name) => !wanted.has(name)),
  };
  const isOver = commands.length === 0 && withdrawn.length === Object.keys(open).length;
  return { step, end: isOver ? plan.end : undefined };
}

type About = Pick<ProcessStep, 'process' | 'orderId' | 'customerId' | 'currency' | 'total'> & {
  readonly open: Open;
};

/** A step by which nothing goes out. */
export const quietStep = (
  command: ProcessCommand,
  { process, orderId, customerId, currency, total, open }: About,
): ProcessStep => ({
  processId: command.processId,
  process,
  orderId,
  customerId,
  currency,
  total,
  at: timeOf(command.at),
  trigger: triggerOf(command, open),
  input: JSON.stringify(command),
  commands: [],
  withdrawn: [],
  timersSet: [],
  timersCleared: [],
  error: null,
});

function triggerOf(command: ProcessCommand, open: Open): string {
  switch (command.type) {
    case 'handle-event':
      return command.eventType;
    case 'handle-answer': {
      const { answer } = command;
      const key = open[command.commandId]?.key ?? command.commandId;
      if (answer.outcome === 'refused') return `${key}: refused (${answer.code})`;
      const outcome = answer.data['result'] ?? answer.data['status'];
      return `${key}: ${typeof outcome === 'string' ? outcome : 'done'}`;
    }
    case 'fire-timer':
      return `timer ${command.name}`;
    case 'report-stuck':
      return `${open[command.commandId]?.key ?? command.commandId}: no answer`;
    case 'retry-process':
      return 'retry';
    case 'cancel-process':
      return 'cancel';
    default:
      return unreachable(command);
  }
}

const recordedCommand = (processId: string, { key, target, payload }: OutgoingCommand): RecordedCommand => ({
  commandId: commandIdOf(processId, key),
  key,
  target,
  name: payload.type,
  payload: JSON.stringify(payload),
});

const timeOf = (ms: number): string => formatInstant(clampToInstant(ms));
