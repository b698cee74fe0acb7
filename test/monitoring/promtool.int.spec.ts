import { execFileSync } from 'node:child_process';
import { promtool } from '../../tools/launcher/embedded.mjs';

const program = promtool();
if (program === undefined)
  process.stderr.write('SKIPPED: promtool is not installed (apt-get install prometheus)\n');

(program === undefined ? describe.skip : describe)('promtool', () => {
  const run = (...args: string[]): string =>
    execFileSync(program ?? '', args, { cwd: 'tools/monitoring', encoding: 'utf8', stdio: 'pipe' });

  it('finds nothing wrong with the configuration and its rules', () => {
    expect(run('check', 'config', 'prometheus.yml')).toContain('SUCCESS');
  });

  it('sees each alert fire by its example, and not by one that is just not bad enough', () => {
    expect(run('test', 'rules', 'tests/alerts.yml')).toContain('SUCCESS');
  });
});
