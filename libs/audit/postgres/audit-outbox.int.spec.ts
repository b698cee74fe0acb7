import { Client } from 'pg';
import { InMemoryCommands } from '#libs/commands/testing';
import { until } from '#libs/kernel/testing';
import { ADVISORY_LOCKS, ApiKeyRepository, tryWithAdvisoryLock } from '#libs/postgres';
import { useDatabase } from '#libs/testing';
import { AuditDrain } from '../drain/index.js';
import { someBegunAct } from '../testing/index.js';
import { AUDIT_CHANNEL, AuditOutbox, AuditOutboxFullError, recordAct } from './audit-outbox.js';

const { url, prisma } = await useDatabase();
const outbox = new AuditOutbox(prisma.pool);
const DONE = { outcome: 'succeeded', status: 200 } as const;

const rows = async (): Promise<number> => prisma.auditOutbox.count();
const expire = (actId: string) =>
  prisma.auditOutbox.update({ where: { actId }, data: { expiresAt: new Date(0) } });

afterEach(() => prisma.auditOutbox.deleteMany());

describe('the outbox of acts', () => {
  it('gives an act out once it has an outcome, and the first one stands', async () => {
    const act = someBegunAct();
    await outbox.begin(act);
    expect(await outbox.recordable(10)).toEqual([]);
    await outbox.end(act.actId, { outcome: 'refused', status: 409 });
    await outbox.end(act.actId, DONE);
    const at = expect.stringMatching(/Z$/);
    expect(await outbox.recordable(10)).toEqual([{ ...act, at, outcome: 'refused', status: 409 }]);
    await outbox.remove([act.actId]);
    expect(await rows()).toBe(0);
  });

  it('gives an act out as unknown that nobody has ended, unless it is kept open', async () => {
    const [lost, long] = [someBegunAct(), someBegunAct()];
    for (const act of [lost, long]) {
      await outbox.begin(act);
      await expire(act.actId);
    }
    await outbox.keepOpen(long.actId);
    expect(await outbox.recordable(10)).toMatchObject([
      { actId: lost.actId, outcome: 'unknown', status: null },
    ]);
  });

  it('gives out the oldest first, so many at once', async () => {
    const acts = [1, 2, 3].map(() => someBegunAct());
    for (const act of acts.toReversed()) {
      await outbox.begin(act);
      await outbox.end(act.actId, DONE);
    }
    const found = await outbox.recordable(2);
    expect(found.map(({ actId }) => actId)).toEqual(acts.slice(0, 2).map(({ actId }) => actId));
  });

  it('refuses more acts than there is room for', async () => {
    const small = new AuditOutbox(prisma.pool, 2);
    await small.begin(someBegunAct());
    await small.begin(someBegunAct());
    await expect(small.begin(someBegunAct())).rejects.toThrow(AuditOutboxFullError);
    expect(await rows()).toBe(2);
  });

  it('has room for others when one actor fills it', async () => {
    const small = new AuditOutbox(prisma.pool, 8);
    const fill = async (actor: string): Promise<number> => {
      const attempts = Array.from({ length: 10 }, () => () => small.begin(someBegunAct({ actor })));
      let begun = 0;
      for (const attempt of attempts)
        begun += await attempt().then(
          () => 1,
          () => 0,
        );
      return begun;
    };
    expect([
      await fill('greedy'),
      await fill('greedy'),
      await fill('another'),
      await fill('a third'),
    ]).toEqual([4, 0, 2, 1]);
  });

  it('tells listeners of each act that has ended', async () => {
    const client = new Client({ connectionString: url });
    await client.connect();
    let told = 0;
    client.on('notification', () => told++);
    await client.query(`listen ${AUDIT_CHANNEL}`);
    const act = someBegunAct();
    await outbox.begin(act);
    await outbox.end(act.actId, DONE);
    await prisma.$transaction((transaction) => recordAct(transaction, someBegunAct()));
    await until(() => told === 2);
    await client.end();
  });

  it('has an act of a transaction if the transaction commits, and only then', async () => {
    const keys = new ApiKeyRepository(prisma);
    const { keyId } = await keys.create({ tenant: 'acme', name: 'test' }, (transaction, key) =>
      recordAct(transaction, someBegunAct({ act: 'api-key.created', objectId: key.keyId })),
    );
    expect(await outbox.recordable(10)).toMatchObject([{ objectId: keyId, outcome: 'succeeded' }]);
    const failed = keys.revoke(keyId, async (transaction) => {
      await recordAct(transaction, someBegunAct());
      throw new Error('no room');
    });
    await expect(failed).rejects.toThrow('no room');
    expect(await rows()).toBe(1);
    expect(await keys.list()).toMatchObject([{ keyId, revokedAt: null }]);
  });
});

describe('the drain of acts', () => {
  const drainTo = (commands: InMemoryCommands, failures: Error[] = []) =>
    new AuditDrain({
      commands,
      alone: (work) =>
        tryWithAdvisoryLock(prisma.pool, ADVISORY_LOCKS.auditDrain, (connection) =>
          work(new AuditOutbox(connection)),
        ),
      onFailure: (error) => failures.push(error),
    });

  async function ended(count: number): Promise<string[]> {
    const acts = Array.from({ length: count }, () => someBegunAct());
    for (const act of acts) {
      await outbox.begin(act);
      await outbox.end(act.actId, DONE);
    }
    return acts.map(({ actId }) => actId);
  }
  /** In its own time, as the drain is not waited for. */
  async function emptied(): Promise<void> {
    while ((await rows()) > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const recordedBy = (commands: InMemoryCommands) =>
    commands.events.map(({ data }) => (data as { actId: string }).actId).toSorted();

  it('moves each act to the topic, however many there are, and leaves no row', async () => {
    const commands = new InMemoryCommands();
    const ids = await ended(250);
    drainTo(commands).wake();
    await emptied();
    expect(recordedBy(commands)).toEqual(ids.toSorted());
  });

  it('records an act once, though it crashes between the event and the row', async () => {
    const commands = new InMemoryCommands();
    const [id] = await ended(1);
    const crashing = new AuditOutbox(prisma.pool);
    crashing.remove = () => Promise.reject(new Error('crash'));
    await expect(drainTo(commands).drain(crashing)).rejects.toThrow('crash');
    expect(await rows()).toBe(1);
    await drainTo(commands).drain(outbox);
    expect([await rows(), recordedBy(commands)]).toEqual([0, [id]]);
  });

  it('records each act once, though two drain at the same time', async () => {
    const commands = new InMemoryCommands();
    const ids = await ended(120);
    await Promise.all([drainTo(commands).drain(outbox), drainTo(commands).drain(outbox)]);
    expect(recordedBy(commands)).toEqual(ids.toSorted());
    expect(await rows()).toBe(0);
  });

  it('keeps what it cannot record, records the others, and tries again', async () => {
    const commands = new InMemoryCommands();
    const ids = await ended(3);
    commands.beforeSend = (_, streamId) => {
      if (streamId === ids[1]) throw new Error('Kafka is away');
    };
    const failures: Error[] = [];
    const drain = drainTo(commands, failures);
    drain.wake();
    await until(() => failures.length === 1);
    expect(failures[0]?.message).toBe('Kafka is away');
    expect(await outbox.recordable(10)).toMatchObject([{ actId: ids[1] }]);
    commands.beforeSend = () => undefined;
    drain.wake();
    await emptied();
    expect(recordedBy(commands)).toEqual(ids.toSorted());
  });

  it('drains again for an act that ends while it drains', async () => {
    const commands = new InMemoryCommands();
    const [first] = await ended(1);
    const drain = drainTo(commands);
    let second: string | undefined;
    commands.beforeSend = async () => {
      if (second !== undefined) return;
      [second] = await ended(1);
      drain.wake();
    };
    drain.wake();
    await emptied();
    expect(recordedBy(commands)).toEqual([first, second].toSorted());
  });
});
