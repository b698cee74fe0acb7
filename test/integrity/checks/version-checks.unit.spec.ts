import { violationsIn } from './all-checks.js';
import { answer, create, HandMadeHistory, rejected, step, unknown } from './hand-made-history.fixture.js';

let history: HandMadeHistory;

beforeEach(() => {
  history = new HandMadeHistory();
});

describe('the checks of promise 2 find', () => {
  const spoiled: readonly [kind: string, what: string, spoil: () => void][] = [
    [
      'version-repeated',
      'a fork: two events of one version',
      () => {
        history.accepted(create('a'), 'A', 1);
        history.accepted(step('b', 'A', 'confirmed'), 'A', 2);
        history.accepted(step('c', 'A', 'cancelled'), 'A', 2);
      },
    ],
    [
      'version-skipped',
      'a gap between versions',
      () => {
        history.accepted(create('a'), 'A', 1);
        history.accepted(step('b', 'A', 'confirmed'), 'A', 3);
      },
    ],
    [
      'stream-split',
      'a stream in two partitions',
      () => {
        history.accepted(create('a'), 'A', 1);
        const position = 'orders/4@0';
        history.attempt(step('b', 'A', 'confirmed'), answer('A', 2, 0, { position }));
        history.event(step('b', 'A', 'confirmed'), 'A', 2, { partition: 4, offset: 0 });
      },
    ],
    [
      'illegal-step',
      'a step that the life of an order has not',
      () => {
        history.accepted(create('a'), 'A', 1);
        history.accepted(step('b', 'A', 'delivered'), 'A', 2);
      },
    ],
    [
      'two-winners',
      'two winners of one expected version',
      () => {
        history.accepted(create('a'), 'A', 1);
        history.accepted(step('b', 'A', 'confirmed', { expectedVersion: 1 }), 'A', 2);
        history.accepted(step('c', 'A', 'shipped', { expectedVersion: 1 }), 'A', 3);
      },
    ],
    [
      'wrong-winner',
      'a winner at another version than expected',
      () => {
        history.accepted(create('a'), 'A', 1);
        history.accepted(step('b', 'A', 'confirmed'), 'A', 2);
        history.accepted(step('c', 'A', 'shipped', { expectedVersion: 1 }), 'A', 3);
      },
    ],
    [
      'out-of-order',
      'a command that got before one answered earlier',
      () => {
        history.event(create('a'), 'A', 1);
        history.event(step('b', 'A', 'confirmed'), 'A', 2);
        history.event(step('c', 'A', 'shipped'), 'A', 3);
        history.attempt(create('a'), answer('A', 1, 0), { startedAt: 0, endedAt: 1 });
        history.attempt(step('c', 'A', 'shipped'), answer('A', 3, 2), { startedAt: 2, endedAt: 3 });
        history.attempt(step('b', 'A', 'confirmed'), answer('A', 2, 1), { startedAt: 4, endedAt: 5 });
      },
    ],
    [
      'stale-rejection',
      'a 404 for an order that was acknowledged',
      () => {
        history.accepted(create('a'), 'A', 1);
        history.attempt(step('b', 'A', 'confirmed'), rejected(404, 'order-not-found'));
      },
    ],
    [
      'stale-rejection',
      'a 412 for the version that the order had',
      () => {
        history.accepted(create('a'), 'A', 1);
        const request = step('b', 'A', 'confirmed', { expectedVersion: 1 });
        history.attempt(request, rejected(412, 'version-mismatch'));
      },
    ],
    [
      'stale-rejection',
      'a 409 for a step that was allowed all the time, also when an answer got lost',
      () => {
        history.accepted(create('a'), 'A', 1);
        history.attempt(step('b', 'A', 'confirmed'), unknown);
        history.event(step('b', 'A', 'confirmed'), 'A', 2);
        history.attempt(step('c', 'A', 'cancelled'), rejected(409, 'order-status-step-forbidden'));
      },
    ],
  ];

  it.each(spoiled)('%s: %s', (kind, _what, spoil) => {
    spoil();
    expect(violationsIn(history).map((found) => found.kind)).toContain(kind);
  });
});
