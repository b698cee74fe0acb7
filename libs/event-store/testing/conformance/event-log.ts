import { EVENT_LOG_CHECKS } from '../../conformance/event-log-checks.js';
import type { LogUnderTest } from '../../conformance/conformance-check.js';

/** The conformance checks as tests of one adapter. */
export function describeEventLog(name: string, open: () => Promise<LogUnderTest>): void {
  describe(`event log: ${name}`, () => {
    let subject: LogUnderTest;
    beforeAll(async () => {
      subject = await open();
    });
    for (const check of EVENT_LOG_CHECKS) it(check.name, () => check.run(subject));
  });
}
