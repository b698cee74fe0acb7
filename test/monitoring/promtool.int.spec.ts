import { checkedBy, describePromtool } from './promtool.fixture.js';

describePromtool(() => {
  it('finds nothing wrong with the configuration and its rules', () => {
    expect(checkedBy('check', 'config', 'prometheus.yml')).toContain('SUCCESS');
  });
});
