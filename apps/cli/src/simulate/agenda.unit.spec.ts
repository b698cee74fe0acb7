import { systemClock } from '#libs/kernel';
import { until } from '#libs/kernel/testing';
import { Agenda } from './agenda.js';

const noted = () => {
  const done: string[] = [];
  const note = (name: string) => async (): Promise<void> => {
    done.push(name);
  };
  return { done, note };
};

describe('the agenda', () => {
  it('starts work at its time', async () => {
    const { done, note } = noted();
    const agenda = new Agenda(systemClock, (fault) => done.push(fault));
    agenda.after(20, 'is-dropped', note('later'));
    agenda.now(note('now'));
    expect(done).toEqual(['now']);
    await until(() => done.length === 2);
    expect(done).toEqual(['now', 'later']);
  });

  it('starts or drops at the end what is not due yet, and what comes after', () => {
    const { done, note } = noted();
    const agenda = new Agenda(systemClock, (fault) => done.push(fault));
    agenda.after(60_000, 'is-dropped', note('ship'));
    agenda.after(60_000, 'starts-at-once', note('review'));
    agenda.end();
    agenda.after(60_000, 'is-dropped', note('ship'));
    agenda.after(60_000, 'starts-at-once', note('give up'));
    expect(done).toEqual(['review', 'give up']);
  });

  it('knows what is running, and reports a fault', async () => {
    const faults: string[] = [];
    const agenda = new Agenda(systemClock, (fault) => faults.push(fault));
    agenda.now(async () => {
      throw new Error('a bug');
    });
    expect(agenda.running).toBe(1);
    await until(() => faults.length > 0);
    expect([faults, agenda.running]).toEqual([['the simulator failed: a bug'], 0]);
  });
});
