export { someAct, someBegunAct } from './some-act.js';
