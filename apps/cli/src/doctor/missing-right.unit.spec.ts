import { missingRight, reasonOf } from './missing-right.js';

describe('a missing right', () => {
  const rights = { cluster: 'C', topic: 'T', transactionalId: 'I' };
  const failure = (type: string): Error => Object.assign(new Error(`refused: ${type}`), { type });

  it.each([
    ['CLUSTER_AUTHORIZATION_FAILED', 'C'],
    ['TOPIC_AUTHORIZATION_FAILED', 'T'],
    ['TRANSACTIONAL_ID_AUTHORIZATION_FAILED', 'I'],
    ['REQUEST_TIMED_OUT', undefined],
  ])('is named by %s', (type, right) => expect(missingRight(failure(type), rights)).toBe(right));

  it("is found wherever kafkajs puts the broker's error", () => {
    const wrapped = new Error('outer', {
      cause: new Error('middle', { cause: failure('TOPIC_AUTHORIZATION_FAILED') }),
    });
    expect(reasonOf(wrapped, rights)).toBe('a right is missing: T');
    const several = Object.assign(new Error('Topic creation errors'), {
      errors: [failure('INVALID_REPLICATION_FACTOR')],
    });
    expect(reasonOf(several, rights)).toBe('refused: INVALID_REPLICATION_FACTOR');
  });
});
