import { Injectable } from '@nestjs/common';
import { SharedQuestion } from '#libs/kernel';

/** What strangers are told of a part that is not ready: it did not answer in time, or it failed. */
export type ReadinessCode = 'no-answer' | 'failed';

/** Throws, or rejects, when the thing is not well; the message is shown to holders of an API key, and logged. */
export type ReadinessCheck = () => Promise<void> | void;

/** Longer than anybody waits for a look: one that hangs must not hold up the next. Milliseconds. */
const LONGEST_LOOK_MS = 10_000;

async function withinTime(look: Promise<void> | void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error('the look took too long')), LONGEST_LOOK_MS).unref();
  });
  await Promise.race([look, timeout]).finally(() => clearTimeout(timer));
}

/** Where each part of an app says what it needs in order to be ready. */
@Injectable()
export class Readiness {
  readonly checks = new Map<string, ReadinessCheck>();

  /** Strangers may ask as often as they like: one look at a time serves all who ask. */
  add(name: string, check: ReadinessCheck): void {
    const look = new SharedQuestion(async () => withinTime(check()));
    this.checks.set(name, () => look.answer());
  }
}
