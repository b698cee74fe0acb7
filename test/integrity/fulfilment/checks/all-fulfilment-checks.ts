import type { Violation } from '../../violation.js';
import type { ShopEvidence } from '../evidence.js';
import { lifeViolations } from './life-checks.js';
import { mailViolations } from './mail-checks.js';
import { moneyViolations } from './money-checks.js';
import { processViolations } from './process-checks.js';
import { ordersIn } from './shop-orders.js';
import { stockViolations } from './stock-checks.js';

export function fulfilmentViolationsIn(evidence: ShopEvidence): Violation[] {
  const orders = ordersIn(evidence);
  return [
    ...lifeViolations(orders, evidence),
    ...stockViolations(orders, evidence),
    ...moneyViolations(orders, evidence),
    ...mailViolations(orders, evidence),
    ...processViolations(orders, evidence),
  ];
}
