import type { Decider, Rejection } from '../decider.js';
import type { DomainEvent } from '../event.js';

/**
 * Given-when-then for a decider: given these facts, when this command comes, then these facts follow, or nothing, or it
 * is refused. Style: emmett's DeciderSpecification.
 */
export function specify<State, Command, Event extends DomainEvent, Refusal extends Rejection>({
  decide,
  evolve,
  initialState,
}: Decider<State, Command, Event, Refusal>) {
  return (...given: readonly Event[]) => ({
    when(command: Command) {
      const result = decide(command, given.reduce(evolve, initialState));
      return {
        then: (...expected: readonly Event[]) => expect(result).toEqual({ ok: true, value: expected }),
        thenNothing: () => expect(result).toEqual({ ok: true, value: [] }),
        thenRefused: (code: Refusal['code']) =>
          expect(result).toMatchObject({
            ok: false,
            problem: { code, detail: expect.stringMatching(/\w+/) },
          }),
      };
    },
  });
}
