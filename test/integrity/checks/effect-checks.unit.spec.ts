import { violationsIn } from './all-checks.js';
import {
  answer,
  create,
  failed,
  HandMadeHistory,
  rejected,
  step,
  unknown,
} from './hand-made-history.fixture.js';

let history: HandMadeHistory;

beforeEach(() => {
  history = new HandMadeHistory();
});

describe('the checks of promise 1 find', () => {
  const spoiled: readonly [kind: string, what: string, spoil: () => void][] = [
    ['lost', 'an acknowledged event that is missing', () => history.attempt(create('a'), answer('A', 1, 9))],
    [
      'lost',
      'an acknowledged event that is missing, though a repeat failed',
      () => {
        history.attempt(create('a', { key: 'k' }), answer('A', 1, 9));
        history.attempt(create('a', { key: 'k' }), failed);
      },
    ],
    [
      'duplicated',
      'a command with two events',
      () => {
        history.accepted(create('a'), 'A', 1);
        history.event(create('a'), 'B', 1);
      },
    ],
    [
      'duplicated',
      'an unknown command with two events',
      () => {
        history.attempt(create('a'), unknown);
        history.event(create('a'), 'A', 1);
        history.event(create('a'), 'B', 1);
      },
    ],
    [
      'refused-but-there',
      'an event of a command that was refused',
      () => {
        history.attempt(create('a'), rejected(400, 'invalid-request'));
        history.event(create('a'), 'A', 1);
      },
    ],
    [
      'refused-but-there',
      'an event of a command that failed',
      () => {
        history.attempt(create('a'), failed);
        history.event(create('a'), 'A', 1);
      },
    ],
    [
      'misplaced',
      'an event elsewhere than answered',
      () => {
        history.attempt(create('a'), answer('A', 1, 9));
        history.event(create('a'), 'A', 1);
      },
    ],
    [
      'misplaced',
      'an event of another version than answered',
      () => {
        history.accepted(create('a'), 'A', 1);
        history.attempt(step('b', 'A', 'confirmed'), answer('A', 3, 1));
        history.event(step('b', 'A', 'confirmed'), 'A', 2);
      },
    ],
    ['foreign', "an event of nobody's command", () => history.event(create('a'), 'A', 1)],
    ['foreign', 'an event without a marker', () => history.event(create('a'), 'A', 1, { marker: undefined })],
    [
      'event-id-repeated',
      'two events of one id',
      () => {
        const headers = { id: 'event-0', type: 'order.created', version: 1 };
        history.accepted(create('a'), 'A', 1);
        history.attempt(create('b'), answer('B', 1, 1));
        history.event(create('b'), 'B', 1, { eventId: 'event-0', headers });
      },
    ],
    [
      'header-differs',
      'a key that is not the stream',
      () => {
        history.attempt(create('a'), answer('A', 1, 0));
        history.event(create('a'), 'A', 1, { key: 'B' });
      },
    ],
  ];

  it.each(spoiled)('%s: %s', (kind, _what, spoil) => {
    spoil();
    expect(violationsIn(history).map((found) => found.kind)).toContain(kind);
  });
});
