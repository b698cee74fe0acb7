import { violationsIn } from './all-checks.js';
import { answer, create, HandMadeHistory, rejected, step, unknown } from './hand-made-history.fixture.js';

let history: HandMadeHistory;

beforeEach(() => {
  history = new HandMadeHistory();
});

describe('the checks of promises 3 and 4 find', () => {
  const spoiled: readonly [kind: string, what: string, spoil: () => void][] = [
    [
      'former-owner',
      'a record of an older epoch below a claim',
      () => {
        history.batch(0, { isControl: true });
        history.batch(1);
        history.batch(2, { isControl: true });
        history.batch(1);
      },
    ],
    [
      'former-owner',
      'a record of another producer below a claim',
      () => {
        history.batch(0, { isControl: true });
        history.batch(1, { producerId: 8 });
      },
    ],
    ['unfenced', 'a record before any claim', () => history.batch(0)],
    [
      'key-answers-differ',
      'a repeat with another version',
      () => {
        history.accepted(create('a', { key: 'k' }), 'A', 1);
        history.attempt(create('a', { key: 'k' }), answer('A', 1, 0, { etag: '"2"' }));
      },
    ],
    [
      'key-answers-differ',
      'a repeat with another body',
      () => {
        history.event(create('a', { key: 'k' }), 'A', 1);
        for (const body of ['{"status":"created"}', '{"status":"confirmed"}']) {
          history.attempt(create('a', { key: 'k' }), answer('A', 1, 0, { body }));
        }
      },
    ],
    [
      'key-effects',
      'two effects of one key',
      () => {
        history.accepted(create('a', { key: 'k' }), 'A', 1);
        history.attempt(create('b', { key: 'k' }), unknown);
        history.event(create('b', { key: 'k' }), 'B', 1);
      },
    ],
    [
      'key-forgotten',
      'a repeat that is refused',
      () => {
        history.accepted(create('a'), 'A', 1);
        const keyed = step('b', 'A', 'confirmed', { key: 'k' });
        history.accepted(keyed, 'A', 2);
        history.attempt(keyed, rejected(409, 'order-status-step-forbidden'));
      },
    ],
    [
      'other-body-taken',
      'another body under a used key that is refused for another reason',
      () => {
        history.accepted(create('a'), 'A', 1);
        history.accepted(step('b', 'A', 'confirmed', { key: 'k' }), 'A', 2);
        history.attempt(
          step('c', 'A', 'confirmed', { key: 'k' }),
          rejected(409, 'order-status-step-forbidden'),
        );
      },
    ],
    [
      'key-refused',
      'a 422 for a key that nobody has used otherwise',
      () => history.attempt(create('a', { key: 'k' }), rejected(422, 'idempotency-key-reused')),
    ],
  ];

  it.each(spoiled)('%s: %s', (kind, _what, spoil) => {
    spoil();
    expect(violationsIn(history).map((found) => found.kind)).toContain(kind);
  });
});
