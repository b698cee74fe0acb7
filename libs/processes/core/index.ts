export { processDecider, type ProcessRejection } from './process-decider.js';
export type {
  TargetAnswer,
  AnyProcessDefinition,
  Concern,
  Ending,
  Input,
  JsonData,
  OutgoingCommand,
  Plan,
  ProcessDefinition,
  Subject,
  Timer,
} from './process-definition.js';
export type { ProcessCommand } from './process-commands.js';
export type { ProcessEvent, ProcessStep, RecordedCommand } from './process-events.js';
export {
  type ExistingProcess,
  exists,
  nextTimerAt,
  NEVER,
  type OpenCommand,
  type Process,
  PROCESS_STATES,
  type ProcessState,
  stateOf,
  type StoryLine,
  unanswered,
  unansweredSince,
} from './process.js';
export { commandIdOf } from './process-step.js';
