import { readFile } from 'node:fs/promises';
import { ATTEMPT_FAILURES } from '../core/ports.js';

const DOC = new URL('../../../docs/webhook-deliveries.md', import.meta.url);
/** Shown as `cut-short`. */
const NOT_SHOWN = 'aborted';

describe('the reasons of failed attempts', () => {
  it('are all documented', async () => {
    const doc = await readFile(DOC, 'utf8');
    for (const reason of ATTEMPT_FAILURES) if (reason !== NOT_SHOWN) expect(doc).toContain(`\`${reason}\``);
  });
});
