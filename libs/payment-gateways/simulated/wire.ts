/** Paths of the simulated gateway. */
export const GATEWAY_PATHS = {
  authorize: '/authorizations',
  capture: '/captures',
  void: '/voids',
  refund: '/refunds',
  /** With an order id: what the gateway knows of it. */
  payments: '/payments',
  /** Every operation that was carried out. */
  report: '/report',
  /** Faults of the next calls, for tests. */
  faults: '/faults',
  health: '/health',
} as const;

export const IDEMPOTENCY_KEY_HEADER = 'idempotency-key';
/** The gateway repeats it in its answer. */
export const REQUEST_ID_HEADER = 'request-id';
