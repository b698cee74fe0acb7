/** Injection token of the aggregates whose commands this process takes. */
export const REGISTERED_AGGREGATES = Symbol('registered-aggregates');
