export { curse, errands } from './errand.js';
export {
  cancel,
  done,
  event,
  type GivenInput,
  refused,
  specifyProcess,
  timer,
} from './process-specification.js';
