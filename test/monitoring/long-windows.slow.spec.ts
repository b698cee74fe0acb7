import { execFileSync } from 'node:child_process';
import { promtool } from '../../tools/launcher/embedded.mjs';

const program = promtool();
if (program === undefined)
  process.stderr.write('SKIPPED: promtool is not installed (apt-get install prometheus)\n');

/** Of days: half a minute of work for promtool. */
(program === undefined ? describe.skip : describe)('promtool', () => {
  it('sees alerts of long windows fire by their examples, and not by others', () => {
    const options = { cwd: 'tools/monitoring', encoding: 'utf8', stdio: 'pipe' } as const;
    expect(execFileSync(program ?? '', ['test', 'rules', 'tests/long-windows.yml'], options)).toContain(
      'SUCCESS',
    );
  });
});
