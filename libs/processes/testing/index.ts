export { curse, errands } from './errand.js';
export {
  answered,
  cancel,
  event,
  type GivenInput,
  refusedBy,
  specifyProcess,
  timer,
} from './process-specification.js';
