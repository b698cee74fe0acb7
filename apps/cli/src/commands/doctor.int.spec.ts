import { newId } from '#libs/kernel';
import { doctorCommand } from './doctor.js';
import { usePrinted } from './printed.fixture.js';

describe('orderstream doctor', () => {
  const printed = usePrinted({ KAFKA_GROUP_PREFIX: `test-${newId()}` });
  const run = (...options: string[]) => doctorCommand().parseAsync(['node', 'doctor', ...options]);

  it('says in words what the cluster can promise, and is content with warnings', async () => {
    await run();
    expect(process.exitCode).toBeUndefined();
    expect(printed.out).toMatch(
      /^WARN {2}brokers: there is 1; while it is away nothing is appended or read$/m,
    );
    expect(printed.out).toMatch(/^OK {4}refuses a former owner that has never appended \(\d+ ms\)$/m);
    expect(printed.out).toMatch(/a claim takes [\d.]+ ms .*, an append [\d.]+ ms/);
    expect(printed.out).toMatch(/^WARN {2}3\. Once a partition has a new owner, .* This holds, until /m);
    expect(printed.out).toMatch(/^OK {4}2\. .* This holds\.$/m);
  });

  it('says below each warning how to fix it', async () => {
    await run();
    const warnings = printed.out.match(/^WARN {2}(?!\d\. ).*\n.*$/gm) ?? [];
    expect(warnings.length).toBeGreaterThan(0);
    for (const warning of warnings) expect(warning).toMatch(/\n {6}To fix it: \w/);
  });

  it('exits with 1 where a promise is not proved, and tells it to machines', async () => {
    process.env['TOPIC_REPLICATION'] = '3';
    await run('--json');
    expect(process.exitCode).toBe(1);
    expect(JSON.parse(printed.out)).toMatchObject({ level: 'fail', probe: { checks: expect.any(Array) } });
  });
});
