const SAME_PRESS_MS = 1000;
const PARENT_POLL_MS = 300;

/**
 * Resolves on a request to stop: a signal, or the end of the parent process (a killed npm passes no signal on).
 * @param {() => void} hurry called when somebody asks again
 * @returns {Promise<string>} the reason, in words
 */
export function stopRequest(hurry) {
  return new Promise((resolve) => {
    /** @type {number | undefined} */
    let first;
    const request = (/** @type {string} */ signal) => {
      first ??= performance.now();
      resolve(signal);
      // Both the terminal and npm send a Ctrl-C: one press, two signals.
      if (performance.now() - first > SAME_PRESS_MS) hurry();
    };
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, request);

    const parent = process.ppid;
    const poll = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(poll);
      resolve('the end of the process that had started it');
    }, PARENT_POLL_MS);
  });
}
