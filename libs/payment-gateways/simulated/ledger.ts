import { canonicalJson } from '#libs/kernel';
import type {
  AuthorizeAnswer,
  AuthorizeCall,
  CaptureAnswer,
  CaptureCall,
  GatewayPayment,
  RefundAnswer,
  RefundCall,
  VoidAnswer,
  VoidCall,
} from '#libs/payments';

/** The calls that change something, with their answers. */
export interface LedgerCalls {
  readonly authorize: { readonly call: AuthorizeCall; readonly answer: AuthorizeAnswer };
  readonly capture: { readonly call: CaptureCall; readonly answer: CaptureAnswer };
  readonly void: { readonly call: VoidCall; readonly answer: VoidAnswer };
  readonly refund: { readonly call: RefundCall; readonly answer: RefundAnswer };
}
export type LedgerOperation = keyof LedgerCalls;
type Call = LedgerCalls[LedgerOperation]['call'];
type Answer = LedgerCalls[LedgerOperation]['answer'];

/** An operation that was carried out, as the journal and the report have it. */
export interface LedgerEntry {
  readonly operation: LedgerOperation;
  readonly call: Call;
  readonly answer: Answer;
}

/** The idempotency key was used with another call. */
export class KeyReusedError extends Error {
  override readonly name = 'KeyReusedError';
}

interface Account {
  readonly status: Exclude<GatewayPayment['status'], 'none'>;
  readonly reference: string;
  readonly amount: number;
  readonly captured: number;
  readonly refunds: readonly { readonly refundId: string; readonly amount: number }[];
  readonly reason: string | null;
}

const DECLINED_TOKENS: ReadonlySet<string> = new Set(['tok_decline']);
const REVIEWED_TOKENS: ReadonlySet<string> = new Set(['tok_review']);
const VOIDED = 'The order was voided.';

/** The books of the simulated gateway. They follow from its entries alone, so a restart replays these. */
export class GatewayLedger {
  readonly #accounts = new Map<string, Account>();
  readonly #byKey = new Map<string, LedgerEntry>();
  readonly #entries: LedgerEntry[] = [];

  get entries(): readonly LedgerEntry[] {
    return this.#entries;
  }

  /** Records what was carried out before a restart. */
  replay(entry: LedgerEntry): void {
    this.#entries.push(entry);
    this.#byKey.set(entry.call.idempotencyKey, entry);
    this.#apply(entry);
  }

  /**
   * Carries out a call, once for each idempotency key.
   * @param record is told of an operation before it takes effect
   * @throws KeyReusedError if the key was used with another call
   */
  execute<Operation extends LedgerOperation>(
    operation: Operation,
    call: LedgerCalls[Operation]['call'],
    record: (entry: LedgerEntry) => void = () => undefined,
  ): LedgerCalls[Operation]['answer'] {
    const known = this.#byKey.get(call.idempotencyKey);
    if (known) {
      const same = known.operation === operation && canonicalJson(known.call) === canonicalJson(call);
      if (!same) throw new KeyReusedError(`The key ${call.idempotencyKey} was used with another call.`);
      return known.answer;
    }
    const answer = this.#answer({ operation, call });
    const entry = { operation, call, answer };
    record(entry);
    this.replay(entry);
    return answer;
  }

  find(orderId: string): GatewayPayment {
    const account = this.#accounts.get(orderId);
    if (!account) return { status: 'none', reference: null, captured: 0, refunds: [], reason: null };
    const { status, reference, captured, refunds, reason } = account;
    return { status, reference, captured, refunds, reason };
  }

  #answer({ operation, call }: Pick<LedgerEntry, 'operation' | 'call'>): Answer {
    const account = this.#accounts.get(call.orderId);
    switch (operation) {
      case 'authorize':
        return authorize(call as AuthorizeCall, account);
      case 'capture':
        return capture(call as CaptureCall, account);
      case 'void':
        return { result: account?.status === 'captured' ? 'captured' : 'voided' };
      case 'refund':
        return refund(call as RefundCall, account);
    }
  }

  #apply({ call, answer }: LedgerEntry): void {
    const { orderId, amount } = call;
    const before = this.#accounts.get(orderId) ?? blankAccount(orderId, amount);
    const after = applied(before, call, answer);
    if (after) this.#accounts.set(orderId, after);
  }
}

const blankAccount = (orderId: string, amount: number): Account => ({
  status: 'declined',
  reference: `sim_${orderId}`,
  amount,
  captured: 0,
  refunds: [],
  reason: null,
});

function applied(account: Account, call: Call, answer: Answer): Account | undefined {
  switch (answer.result) {
    case 'authorized':
      return { ...account, status: 'authorized' };
    case 'review':
      return { ...account, status: 'review', reason: answer.reason };
    case 'voided':
      return { ...account, status: 'voided', reason: VOIDED };
    case 'captured':
      // A void that came too late changes nothing.
      return 'amount' in answer ? { ...account, status: 'captured', captured: answer.amount } : undefined;
    case 'refunded': {
      const { refundId, amount } = call as RefundCall;
      return { ...account, refunds: [...account.refunds, { refundId, amount }] };
    }
    case 'declined':
      return 'token' in call && account.status === 'declined'
        ? { ...account, reason: answer.reason }
        : undefined;
  }
}

function authorize({ orderId, token }: AuthorizeCall, account: Account | undefined): AuthorizeAnswer {
  const reference = `sim_${orderId}`;
  if (account?.status === 'voided') return { result: 'declined', reason: VOIDED };
  if (account && account.status !== 'declined')
    return { result: 'declined', reason: 'The order has an authorization.' };
  if (token && DECLINED_TOKENS.has(token)) return { result: 'declined', reason: 'The card was declined.' };
  if (token && REVIEWED_TOKENS.has(token))
    return { result: 'review', reference, reason: 'The payment looks unusual.' };
  return { result: 'authorized', reference };
}

function capture({ amount, reference }: CaptureCall, account: Account | undefined): CaptureAnswer {
  if (!account || account.reference !== reference)
    return { result: 'declined', reason: 'There is no such authorization.' };
  if (account.status === 'captured') return { result: 'declined', reason: 'It was captured before.' };
  if (account.status !== 'authorized' && account.status !== 'review')
    return { result: 'declined', reason: account.reason ?? VOIDED };
  if (amount > account.amount) return { result: 'declined', reason: 'It exceeds the authorization.' };
  return { result: 'captured', amount };
}

function refund({ amount, refundId }: RefundCall, account: Account | undefined): RefundAnswer {
  if (account?.status !== 'captured') return { result: 'declined', reason: 'Nothing was captured.' };
  if (account.refunds.some((each) => each.refundId === refundId))
    return { result: 'declined', reason: 'This refund was made before.' };
  const refunded = account.refunds.reduce((sum, each) => sum + each.amount, 0);
  return refunded + amount > account.captured
    ? { result: 'declined', reason: 'It exceeds what was captured.' }
    : { result: 'refunded' };
}
