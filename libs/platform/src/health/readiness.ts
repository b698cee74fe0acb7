import { Injectable } from '@nestjs/common';

/** Throws, or rejects, when the thing is not well; the message is shown to operators. */
export type ReadinessCheck = () => Promise<void> | void;

/** Where each part of an app says what it needs in order to be ready. */
@Injectable()
export class Readiness {
  readonly checks = new Map<string, ReadinessCheck>();

  add(name: string, check: ReadinessCheck): void {
    this.checks.set(name, check);
  }
}
