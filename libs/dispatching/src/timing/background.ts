/** Errors may be anything that somebody threw. */
export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(`something was thrown that is no error: ${String(thrown)}`);

/**
 * Lets work go on while nobody waits for it. It begins at once. What it fails with goes to `onFault`: a promise that
 * nobody waits for and that fails ends the process, and with it the deliveries of all.
 */
export function inBackground(work: () => unknown, onFault: (error: Error) => void): void {
  void begin(work)
    .catch((thrown: unknown) => onFault(asError(thrown)))
    .catch(() => undefined);
}

const begin = async (work: () => unknown): Promise<void> => {
  await work();
};
