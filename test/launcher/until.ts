import { setTimeout as sleep } from 'node:timers/promises';

/** @param told what else to say when the condition is not met in time */
export async function until(condition: () => boolean, withinMs = 90_000, told = () => ''): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`The condition was not met in time. ${told()}`);
    await sleep(20);
  }
}
