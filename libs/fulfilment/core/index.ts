export type { ProcessPolicy } from './process-policy.js';
export { type CountOrders, type FraudRule, suspicionOf } from './fraud-rules.js';
export { PROCESS_AGGREGATE } from './process.aggregate.js';
export { PROCESS_DEFINITIONS } from './process-definitions.js';
export type {
  CartTask,
  MailTask,
  OrderTask,
  MoneyTask,
  ScreeningTask,
  StockTask,
} from './tasks.js';
