import type { Clock } from '#libs/kernel';

/** Asks at most once in a time, however many want to know. An error is not kept. */
export class RecentAnswer<Answer> {
  #last: { readonly at: number; readonly answer: Promise<Answer> } | undefined;

  /** @param maxAgeMs the oldest answer that is given again, from when it was asked for */
  constructor(
    private readonly ask: () => Promise<Answer>,
    private readonly maxAgeMs: number,
    private readonly clock: Pick<Clock, 'monotonic'>,
  ) {}

  /** @throws any error of the question */
  answer(): Promise<Answer> {
    const now = this.clock.monotonic();
    if (this.#last && now - this.#last.at < this.maxAgeMs) return this.#last.answer;
    const asked = { at: now, answer: this.ask() };
    this.#last = asked;
    asked.answer.catch(() => {
      if (this.#last === asked) this.#last = undefined;
    });
    return asked.answer;
  }
}
