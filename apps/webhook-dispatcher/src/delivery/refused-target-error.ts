import type { TargetRefusal } from '#libs/webhooks';

/** The callback URL leads where deliveries must not go: into the own network, say. */
export class RefusedTargetError extends Error {
  override readonly name = 'RefusedTargetError';
  readonly reason: TargetRefusal['reason'];

  constructor({ reason, detail }: TargetRefusal) {
    super(detail);
    this.reason = reason;
  }
}
