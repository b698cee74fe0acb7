import { CommandUnavailableError } from '../command.js';
import { CommandIntake } from './intake.js';

describe('the intake', () => {
  const endless = () => new Promise<never>(() => undefined);
  const isRefused = (admitted: Promise<unknown>) =>
    expect(admitted).rejects.toBeInstanceOf(CommandUnavailableError);

  it('gives what the work gives, or throws what it throws', async () => {
    const intake = new CommandIntake({ maxCommands: 1, maxBytes: 10 });
    expect(await intake.admit(1, async () => 'done')).toBe('done');
    await expect(intake.admit(1, () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  });

  it('refuses commands past the bound, without beginning their work', async () => {
    const intake = new CommandIntake({ maxCommands: 2, maxBytes: 1_000 });
    void intake.admit(1, endless);
    void intake.admit(1, endless);
    let begun = false;
    await isRefused(
      intake.admit(1, async () => {
        begun = true;
      }),
    );
    expect(begun).toBe(false);
  });

  it('counts what commands take together', async () => {
    const intake = new CommandIntake({ maxCommands: 100, maxBytes: 10 });
    void intake.admit(6, endless);
    await isRefused(intake.admit(5, endless));
    void intake.admit(4, endless);
    await isRefused(intake.admit(1, endless));
    expect(await intake.admit(0, async () => 'no bytes at all')).toBe('no bytes at all');
  });

  it.each([
    ['ends', async () => 'done'],
    ['fails', () => Promise.reject(new Error('failed'))],
    [
      'fails before it has begun',
      (): Promise<string> => {
        throw new Error('failed');
      },
    ],
  ])('has room again when work %s', async (_, work) => {
    const intake = new CommandIntake({ maxCommands: 1, maxBytes: 10 });
    for (let round = 0; round < 3; round++) await intake.admit<string>(10, work).catch(() => undefined);
    expect(await intake.admit(10, async () => 'room')).toBe('room');
  });

  it('loses no room by refusing', async () => {
    const intake = new CommandIntake({ maxCommands: 2, maxBytes: 10 });
    for (let round = 0; round < 5; round++) await isRefused(intake.admit(11, endless));
    expect(await intake.admit(10, async () => 'room')).toBe('room');
  });
});
