import { SharedQuestion } from './shared-question.js';

const happened = () => new Promise((resolve) => setImmediate(resolve));

describe('a shared question', () => {
  it('is asked once for all callers before it starts, and once more for later callers', async () => {
    const answers: ((answer: number) => void)[] = [];
    const question = new SharedQuestion(() => new Promise<number>((resolve) => answers.push(resolve)));
    const early = [question.answer(), question.answer()];
    await happened();
    const late = [question.answer(), question.answer()];
    await happened();
    expect(answers).toHaveLength(1);
    answers[0]?.(1);
    expect(await Promise.all(early)).toEqual([1, 1]);
    await happened();
    answers[1]?.(2);
    expect(await Promise.all(late)).toEqual([2, 2]);
    expect(answers).toHaveLength(2);
  });

  it('fails for its callers, but not for those who ask again', async () => {
    let isAway = true;
    const question = new SharedQuestion(async () => {
      if (isAway) throw new Error('away');
      return 'here';
    });
    await expect(question.answer()).rejects.toThrow('away');
    isAway = false;
    expect(await question.answer()).toBe('here');
  });
});
