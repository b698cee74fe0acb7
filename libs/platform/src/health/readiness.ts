import { Injectable } from '@nestjs/common';

/** What strangers are told of a part that is not ready: it did not answer in time, or it failed. */
export type ReadinessCode = 'no-answer' | 'failed';

/** Throws, or rejects, when the thing is not well; the message is shown to holders of an API key, and logged. */
export type ReadinessCheck = () => Promise<void> | void;

/** Where each part of an app says what it needs in order to be ready. */
@Injectable()
export class Readiness {
  readonly checks = new Map<string, ReadinessCheck>();

  add(name: string, check: ReadinessCheck): void {
    this.checks.set(name, check);
  }
}
