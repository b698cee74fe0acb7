import { alterCredentials, describeCredentials } from './scram-credentials.js';

const bytes = (...parts: readonly (string | number)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part]))));

describe('requests about SCRAM passwords', () => {
  it('take passwords away and set others', () => {
    const salt = Buffer.from('salt');
    const salted = Buffer.alloc(130, 7);
    const { body } = alterCredentials(['bob'], [{ user: 'ada', iterations: 4096, salt, salted }]);
    // No tags; one to remove, by SCRAM-SHA-512; one to set. Lengths are one more than they are, in seven bits a byte.
    const removed = bytes(0, 2, 4, 'bob', 2, 0);
    const set = bytes(2, 4, 'ada', 2, 0, 0, 16, 0, 5, 'salt', 131, 1);
    expect(body).toEqual(Buffer.concat([removed, set, salted, bytes(0, 0)]));
  });

  it('are answered for each user', () => {
    const { decode } = alterCredentials([], []);
    // No tags, no throttling, two results: `ada` without an error, `bob` with error 91 and a text.
    const answer = bytes(0, 0, 0, 0, 0, 3, 4, 'ada', 0, 0, 0, 0, 4, 'bob', 0, 91, 5, 'none', 0, 0);
    expect(decode(answer)).toEqual([
      { user: 'ada', errorCode: 0 },
      { user: 'bob', errorCode: 91 },
    ]);
  });

  it('list the users of all mechanisms, past tags that a later version may add', () => {
    const { decode, body } = describeCredentials();
    expect(body).toEqual(Buffer.from([0, 0, 0]));
    const ada = bytes(4, 'ada', 0, 0, 0, 2, 2, 0, 0, 16, 0, 0, 1, 9, 2, 'xy');
    const answer = Buffer.concat([bytes(0, 0, 0, 0, 0, 0, 0, 0, 2), ada, bytes(0)]);
    expect(decode(answer)).toEqual({ errorCode: 0, users: ['ada'] });
  });

  it('say when they were refused', () => {
    expect(describeCredentials().decode(bytes(0, 0, 0, 0, 0, 0, 31, 0, 1, 0))).toEqual({
      errorCode: 31,
      users: [],
    });
  });
});
