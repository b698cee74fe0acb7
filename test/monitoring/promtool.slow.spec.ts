import { checkedBy, describePromtool } from './promtool.fixture.js';

/** A minute of work for promtool. */
describePromtool(() => {
  it.each(['alerts.yml', 'long-windows.yml'])(
    'sees each alert of %s fire by its example, and not by one that is just not bad enough',
    (file) => expect(checkedBy('test', 'rules', `tests/${file}`)).toContain('SUCCESS'),
  );
});
