import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const APPS = join(import.meta.dirname, '../apps');
const sources = (app: string, suffix: string): string[] =>
  readdirSync(join(APPS, app, 'src'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(suffix))
    .map((file) => readFileSync(join(APPS, app, 'src', file), 'utf8'));

/** A controller that no module has answers 404, and nobody sees why. */
describe.each(readdirSync(APPS))('the app %s', (app) => {
  const lists = [...sources(app, '.module.ts'), ...sources(app, 'controllers.ts')].join('\n');
  const controllers = sources(app, '.controller.ts').flatMap((source) => [
    ...source.matchAll(/^export class (\w+)/gm),
  ]);

  it('registers each of its controllers', () => {
    expect(controllers.map(([, name = '']) => name).filter((name) => !lists.includes(name))).toEqual([]);
  });
});
