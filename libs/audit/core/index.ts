export { ACT_AGGREGATE, AUDIT_TENANT } from './act.aggregate.js';
export { type ActEvent, type ActState, isRecordedAct, type RecordAct } from './act-decider.js';
export {
  type Act,
  ACT_OUTCOMES,
  type ActEnd,
  type ActName,
  ACTOR_KINDS,
  type ActorKind,
  type ActOutcome,
  ACTS,
  type BegunAct,
  boundedAct,
} from './acts.js';
