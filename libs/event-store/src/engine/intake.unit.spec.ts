import { CommandShareError, CommandUnavailableError } from '../command.js';
import { CommandIntake } from './intake.js';

describe('the intake', () => {
  const endless = () => new Promise<never>(() => undefined);
  const some = (bytes: number, tenant = 'acme') => ({ tenant, bytes });
  const isRefused = (admitted: Promise<unknown>, because = CommandUnavailableError) =>
    expect(admitted).rejects.toBeInstanceOf(because);

  it('gives what the work gives, or throws what it throws', async () => {
    const intake = new CommandIntake({ maxCommands: 1, maxBytes: 10 });
    expect(await intake.admit(some(1), async () => 'done')).toBe('done');
    await expect(intake.admit(some(1), () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  });

  it('refuses commands past the bound, without beginning their work', async () => {
    const intake = new CommandIntake({ maxCommands: 2, maxBytes: 1_000 });
    void intake.admit(some(1, 'a'), endless);
    void intake.admit(some(1, 'b'), endless);
    let begun = false;
    await isRefused(
      intake.admit(some(1, 'c'), async () => {
        begun = true;
      }),
    );
    expect(begun).toBe(false);
  });

  it('counts what commands take together', async () => {
    const intake = new CommandIntake({ maxCommands: 100, maxBytes: 10 });
    void intake.admit(some(6, 'a'), endless);
    await isRefused(intake.admit(some(5, 'b'), endless));
    void intake.admit(some(4, 'b'), endless);
    await isRefused(intake.admit(some(1, 'c'), endless));
    expect(await intake.admit(some(0, 'c'), async () => 'no bytes at all')).toBe('no bytes at all');
  });

  it('leaves as much to others as one tenant takes: of commands, and of bytes', async () => {
    const intake = new CommandIntake({ maxCommands: 10, maxBytes: 100 });
    for (let n = 0; n < 5; n++) void intake.admit(some(1, 'greedy'), endless);
    await isRefused(intake.admit(some(1, 'greedy'), endless), CommandShareError);
    void intake.admit(some(40, 'large'), endless);
    await isRefused(intake.admit(some(30, 'large'), endless), CommandShareError);
    expect(await intake.admit(some(20), async () => 'room')).toBe('room');
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
    for (let round = 0; round < 3; round++) await intake.admit<string>(some(10), work).catch(() => undefined);
    expect(await intake.admit(some(10), async () => 'room')).toBe('room');
  });

  it('loses no room by refusing', async () => {
    const intake = new CommandIntake({ maxCommands: 2, maxBytes: 10 });
    for (let round = 0; round < 5; round++) await isRefused(intake.admit(some(11), endless));
    expect(await intake.admit(some(10), async () => 'room')).toBe('room');
  });
});
