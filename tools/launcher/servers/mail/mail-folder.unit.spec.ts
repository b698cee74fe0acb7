import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MailFolder } from './mail-folder.mjs';

describe('the folder of caught mails', () => {
  let directory = '';
  beforeEach(async () => {
    directory = join(await mkdtemp(join(tmpdir(), 'orderstream-mail-')), 'mail');
  });
  afterEach(() => rm(join(directory, '..'), { recursive: true, force: true }));

  it('keeps the newest 500, in files whose names sort by time', () => {
    const folder = new MailFolder(directory);
    for (let number = 0; number < 510; number++) folder.add(Buffer.from(`mail ${number}`));
    const names = readdirSync(directory).toSorted();
    expect(names).toHaveLength(500);
    expect(names.map((name) => readFileSync(join(directory, name), 'utf8'))).toEqual(
      Array.from({ length: 500 }, (_, index) => `mail ${index + 10}`),
    );
  });

  it('goes on with what is there, and leaves alone what is not its own', () => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, 'notes.txt'), 'mine');
    writeFileSync(join(directory, '2026-01-01T00-00-00.000Z-000000.eml.partial'), 'half');
    for (let number = 0; number < 499; number++) {
      const suffix = String(number).padStart(6, '0');
      writeFileSync(join(directory, `2026-01-01T00-00-00.000Z-${suffix}.eml`), 'old');
    }
    const folder = new MailFolder(directory);
    folder.add(Buffer.from('new'));
    folder.add(Buffer.from('newer'));
    const names = readdirSync(directory).toSorted();
    expect(names).toHaveLength(501);
    expect(names.slice(0, 1)).toEqual(['2026-01-01T00-00-00.000Z-000001.eml']);
    expect(names.at(-1)).toBe('notes.txt');
  });

  it('can be read by its owner alone', () => {
    const name = new MailFolder(directory).add(Buffer.from('mail'));
    expect([directory, join(directory, name)].map((path) => statSync(path).mode & 0o077)).toEqual([0, 0]);
  });
});
