import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EVENT_TOPICS as CONTRACTED } from '#libs/contracts';
import { EVENT_TOPICS } from '../launcher/secure/rights.mjs';
import { rightsTable } from './rights-table.mjs';

describe('the rights at the brokers', () => {
  it('are those that the documentation shows', () => {
    const text = readFileSync(join(process.cwd(), 'docs/operations.md'), 'utf8');
    const [, shown] = /^### Rights\n\n([^]*?)\n\n/m.exec(text) ?? [];
    expect(shown).toBe(rightsTable());
  });

  it('know all event topics', () => {
    expect(EVENT_TOPICS.toSorted()).toEqual([...CONTRACTED].toSorted());
  });
});
