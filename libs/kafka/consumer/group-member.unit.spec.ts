import { Logger } from '@nestjs/common';
import type { Kafka } from 'kafkajs';
import { register } from 'prom-client';
import { GroupMember } from './group-member.js';

type Listener = (event: { payload: object }) => void;

/** A consumer of kafkajs that does only what the test says. */
class SilentConsumer {
  readonly #listeners = new Map<string, Listener>();
  isStopped = false;
  mayLeave = false;
  leave: () => void = () => undefined;

  on(name: string, listener: Listener): void {
    this.#listeners.set(name, listener);
  }

  say(name: string, payload: object = {}): void {
    this.#listeners.get(`consumer.${name}`)?.({ payload });
  }

  pause(): void {}
  async connect(): Promise<void> {}
  async subscribe(): Promise<void> {}
  async run(): Promise<void> {}
  /** Does not finish to leave until the test lets it. */
  disconnect(): Promise<void> {
    this.isStopped = true;
    return new Promise((resolve) => {
      this.leave = resolve;
      if (this.mayLeave) resolve();
    });
  }
}

describe('a member of a consumer group', () => {
  const made: SilentConsumer[] = [];
  let member: GroupMember;
  beforeEach(async () => {
    import.meta.jest.spyOn(Logger.prototype, 'warn').mockReturnValue();
    made.length = 0;
    const consumer = () => {
      const next = new SilentConsumer();
      made.push(next);
      return next;
    };
    member = new GroupMember({
      kafka: { consumer } as unknown as Kafka,
      consumer: { groupId: 'silent' },
      topics: async () => ['orders'],
      joined: () => undefined,
      silentMs: 300,
    });
    await member.start();
  });
  afterEach(async () => {
    for (const consumer of made) {
      consumer.mayLeave = true;
      consumer.leave();
    }
    await member.stop();
  });

  const restarts = async () => {
    const { values } = (await register.getSingleMetric('orderstream_group_restarts_total')?.get()) ?? {
      values: [],
    };
    return values.find(({ labels }) => labels.group === 'silent')?.value ?? 0;
  };

  it('is replaced once its group has not accepted it for too long, even if the former one never ends', async () => {
    const before = await restarts();
    made[0]?.say('group_join', { memberAssignment: { orders: [0] } });
    expect(member.fault).toBeUndefined();
    while (made.length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(made[0]?.isStopped).toBe(true);
    expect(await restarts()).toBe(before + 1);
    made[1]?.say('group_join', { memberAssignment: { orders: [0] } });
    expect(member.fault).toBeUndefined();
  });

  it('stays while its heartbeats are accepted', async () => {
    made[0]?.say('group_join', { memberAssignment: {} });
    for (let beat = 0; beat < 12; beat++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      made[0]?.say('heartbeat');
    }
    expect(made).toHaveLength(1);
  });
});
