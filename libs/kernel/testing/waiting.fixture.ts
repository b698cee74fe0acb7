import { setTimeout as sleep } from 'node:timers/promises';

const EVERY_MS = 5;
const MOST_LOOKS = 4_000;

/** Looks again and again, on the machine's clock. @throws when the condition does not hold in some 20 seconds */
export async function until(condition: () => boolean): Promise<void> {
  for (let looks = 0; !condition(); looks++) {
    if (looks === MOST_LOOKS) throw new Error(`this did not come: ${condition.toString()}`);
    await sleep(EVERY_MS);
  }
}

/** A promise that the test resolves. */
export function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}
