import { CommandShareError, CommandUnavailableError } from '../command.js';
import { AdmissionLimiter } from './admission-limiter.js';

describe('the admission limiter', () => {
  const endless = () => new Promise<never>(() => undefined);
  const some = (bytes: number, tenant = 'acme') => ({ tenant, bytes });
  const isRefused = (admitted: Promise<unknown>, because = CommandUnavailableError) =>
    expect(admitted).rejects.toBeInstanceOf(because);

  it("passes on the work's result or error", async () => {
    const limiter = new AdmissionLimiter({ maxCommands: 1, maxBytes: 10 });
    expect(await limiter.admit(some(1), async () => 'done')).toBe('done');
    await expect(limiter.admit(some(1), () => Promise.reject(new Error('failed')))).rejects.toThrow('failed');
  });

  it('refuses commands beyond the limit without starting their work', async () => {
    const limiter = new AdmissionLimiter({ maxCommands: 2, maxBytes: 1_000 });
    void limiter.admit(some(1, 'a'), endless);
    void limiter.admit(some(1, 'b'), endless);
    let begun = false;
    await isRefused(
      limiter.admit(some(1, 'c'), async () => {
        begun = true;
      }),
    );
    expect(begun).toBe(false);
  });

  it('counts the bytes of all commands', async () => {
    const limiter = new AdmissionLimiter({ maxCommands: 100, maxBytes: 10 });
    void limiter.admit(some(6, 'a'), endless);
    await isRefused(limiter.admit(some(5, 'b'), endless));
    void limiter.admit(some(4, 'b'), endless);
    await isRefused(limiter.admit(some(1, 'c'), endless));
    expect(await limiter.admit(some(0, 'c'), async () => 'no bytes at all')).toBe('no bytes at all');
  });

  it('counts commands that follow from events, and refuses none of them', async () => {
    const limiter = new AdmissionLimiter({ maxCommands: 2, maxBytes: 10 });
    const followUp = { ...some(5), isFollowUp: true } as const;
    void limiter.admit(some(5), endless);
    for (let count = 0; count < 3; count++) void limiter.admit(followUp, endless);
    expect(await limiter.admit(followUp, async () => 'done')).toBe('done');
    await isRefused(limiter.admit(some(1, 'other'), endless));
  });

  it('leaves others as many commands and bytes as one tenant uses', async () => {
    const limiter = new AdmissionLimiter({ maxCommands: 10, maxBytes: 100 });
    for (let n = 0; n < 5; n++) void limiter.admit(some(1, 'greedy'), endless);
    await isRefused(limiter.admit(some(1, 'greedy'), endless), CommandShareError);
    void limiter.admit(some(40, 'large'), endless);
    await isRefused(limiter.admit(some(30, 'large'), endless), CommandShareError);
    expect(await limiter.admit(some(20), async () => 'room')).toBe('room');
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
    const limiter = new AdmissionLimiter({ maxCommands: 1, maxBytes: 10 });
    for (let round = 0; round < 3; round++)
      await limiter.admit<string>(some(10), work).catch(() => undefined);
    expect(await limiter.admit(some(10), async () => 'room')).toBe('room');
  });

  it('loses no capacity by refusing', async () => {
    const limiter = new AdmissionLimiter({ maxCommands: 2, maxBytes: 10 });
    for (let round = 0; round < 5; round++) await isRefused(limiter.admit(some(11), endless));
    expect(await limiter.admit(some(10), async () => 'room')).toBe('room');
  });
});
