import {
  GatewayOutcomeUnknownError,
  type GatewayPayment,
  GatewayUnavailableError,
  type PaymentGateway,
} from '#libs/payments';
import { GatewayLedger, type LedgerCalls, type LedgerOperation } from '../simulated/ledger.js';

export type GatewayFault = 'unavailable' | 'lose-request' | 'lose-answer';

/** A gateway in this process that can lose requests and answers. */
export class InMemoryGateway implements PaymentGateway {
  readonly name = 'in-memory';
  readonly ledger = new GatewayLedger();
  /** What happens to the next calls that change something, first to last; `undefined` is a call that works. */
  faults: (GatewayFault | undefined)[] = [];
  /** All calls, also those that fail. */
  calls: string[] = [];
  /** Runs before a call reaches the books, once. */
  before: ((operation: LedgerOperation) => Promise<void>) | undefined;

  authorize = (call: LedgerCalls['authorize']['call']) => this.#execute('authorize', call);
  capture = (call: LedgerCalls['capture']['call']) => this.#execute('capture', call);
  void = (call: LedgerCalls['void']['call']) => this.#execute('void', call);
  refund = (call: LedgerCalls['refund']['call']) => this.#execute('refund', call);

  find(orderId: string): Promise<GatewayPayment> {
    this.calls.push('find');
    return Promise.resolve(this.ledger.find(orderId));
  }

  /** How often the gateway carried out an operation, and agreed. */
  count(result: 'authorized' | 'captured' | 'voided' | 'refunded'): number {
    return this.ledger.entries.filter(({ answer }) => answer.result === result).length;
  }

  async #execute<Operation extends LedgerOperation>(
    operation: Operation,
    call: LedgerCalls[Operation]['call'],
  ): Promise<LedgerCalls[Operation]['answer']> {
    this.calls.push(operation);
    const fault = this.faults.shift();
    const { before } = this;
    this.before = undefined;
    await before?.(operation);
    if (fault === 'unavailable') throw new GatewayUnavailableError('unavailable');
    if (fault === 'lose-request') throw new GatewayOutcomeUnknownError('the request was lost');
    const answer = this.ledger.execute(operation, call);
    if (fault === 'lose-answer') throw new GatewayOutcomeUnknownError('the answer was lost');
    return answer;
  }
}
