import { EVENT_LOG_CHECKS, type LogUnderTest } from '#libs/event-store/conformance';

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
