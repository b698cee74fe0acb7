import { EVENT_LOG_CHECKS } from '#libs/event-store/conformance';
import { newId } from '#libs/kernel';
import { testSettings } from '#libs/testing';
import { createTopics, makeKafka } from '#libs/kafka';
import { diagnose } from './doctor.js';

describe('the doctor on a single broker', () => {
  /** Topics of one test file alone can be told from those of the others. */
  const settings = testSettings({ KAFKA_GROUP_PREFIX: `test-${newId()}` });
  const admin = makeKafka(settings).admin();
  beforeAll(() => admin.connect());
  afterAll(() => admin.disconnect());

  const probeTopics = async (): Promise<string[]> =>
    (await admin.listTopics()).filter((topic) => topic.startsWith(`${settings.kafka.groupPrefix}-doctor-`));

  it('finds that the broker fences producers and keeps all data on one disk', async () => {
    const { clusterId, level, findings, probe, verdicts } = await diagnose(settings);
    expect(clusterId).not.toBe('');
    expect(probe?.checks.map(({ name, outcome, problem }) => ({ name, outcome, problem }))).toEqual(
      EVENT_LOG_CHECKS.map(({ name }) => ({ name, outcome: 'passed', problem: undefined })),
    );
    expect(probe?.durations?.claimMs.median).toBeGreaterThan(0);
    expect(probe?.durations?.appendMs.median).toBeGreaterThan(0);
    expect(findings).toContainEqual(
      expect.objectContaining({ level: 'warn', about: 'brokers', is: 'there is 1' }),
    );
    expect(findings).toContainEqual(
      expect.objectContaining({
        level: 'warn',
        promise: 3,
        about: expect.stringContaining('transaction log'),
      }),
    );
    expect(findings.filter((finding) => finding.level === 'fail')).toEqual([]);
    expect(verdicts.map((verdict) => verdict.says)).not.toContain('does not hold');
    expect(level).toBe('warn');
    expect(await probeTopics()).toEqual([]);
  });

  it('reports that topics with more replicas than brokers cannot be created', async () => {
    const kafka = { ...settings.kafka, replication: 3 };
    const { level, probe, verdicts } = await diagnose({ ...settings, kafka });
    expect(level).toBe('fail');
    expect(probe?.checks[0]).toMatchObject({
      outcome: 'untried',
      problem: expect.stringMatching(/replication/i),
    });
    expect(new Set(verdicts.map(({ says }) => says))).toEqual(new Set(['is not proved']));
  });

  it('stops on abort and leaves no topic behind', async () => {
    const { probe } = await diagnose(settings, AbortSignal.abort());
    expect(probe?.checks[0]).toMatchObject({ outcome: 'untried', problem: 'the doctor was stopped' });
    expect(await probeTopics()).toEqual([]);
  });

  it('points out the leftovers of a killed doctor', async () => {
    const topic = `${settings.kafka.groupPrefix}-doctor-left`;
    await createTopics(makeKafka(settings), [{ topic, partitions: 1, replication: 1 }]);
    const { findings } = await diagnose(settings, AbortSignal.abort());
    expect(findings).toContainEqual(expect.objectContaining({ level: 'warn', about: `topic ${topic}` }));
    await admin.deleteTopics({ topics: [topic] });
  });
});
