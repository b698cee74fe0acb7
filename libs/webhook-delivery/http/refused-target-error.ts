import type { TargetRefusal } from '#libs/webhooks';

/** The callback URL leads to a forbidden target, such as an address in the internal network. */
export class RefusedTargetError extends Error {
  override readonly name = 'RefusedTargetError';
  readonly reason: TargetRefusal['reason'];

  constructor({ reason, detail }: TargetRefusal) {
    super(detail);
    this.reason = reason;
  }
}
