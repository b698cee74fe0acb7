import { simulateCommand } from './simulate.js';

describe('the help of orderstream simulate', () => {
  const help = simulateCommand().helpInformation().replaceAll(/\s+/g, ' ');

  it.each([
    ['--rate <number>', '20'],
    ['--for <duration>', '5m'],
    ['--drain <duration>', '60s'],
  ])('shows the default of %s as people write it: %s', (option, shown) => {
    expect(help).toMatch(new RegExp(`${option} [^-]*\\(default: ${shown}\\)`));
  });

  it('says that a seed is a number', () => {
    expect(help).toContain('--seed <number> a whole number: ');
  });
});
