/** Wraps a thrown value that is not an error. */
export const asError = (thrown: unknown): Error =>
  thrown instanceof Error ? thrown : new Error(`something was thrown that is no error: ${String(thrown)}`);

/**
 * Starts work at once without waiting for it. Failures go to `onFault`, because an unhandled rejection would end the
 * process and with it the deliveries of everyone.
 */
export function inBackground(work: () => unknown, onFault: (error: Error) => void): void {
  void begin(work)
    .catch((thrown: unknown) => onFault(asError(thrown)))
    .catch(() => undefined);
}

const begin = async (work: () => unknown): Promise<void> => {
  await work();
};

/** The message of anything thrown. */
export const messageOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.message : String(thrown);
