import fc from 'fast-check';
import { InterimAnswers, TooManyInterimAnswersError, UnexpectedUpgradeError } from './connections.js';

const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n';
const HINTS = 'HTTP/1.1 103 Early Hints\r\nlink: </a.css>\r\n\r\n';
const OK = 'HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n';

/** Feeds an answer in these pieces and returns what remains. */
function left(pieces: readonly string[], interim = new InterimAnswers()): string {
  interim.expectAnswer();
  return pieces.map((piece) => interim.remove(Buffer.from(piece, 'latin1')).toString('latin1')).join('');
}

describe('interim answers', () => {
  it.each([
    ['none', OK, OK],
    ['one', CONTINUE + OK, OK],
    ['several', CONTINUE + HINTS + CONTINUE + OK, OK],
    ['one of a number that nobody knows', `HTTP/1.1 142 x\r\n\r\n${OK}`, OK],
    ['one without a reason phrase', `HTTP/1.0 100\r\n\r\n${OK}`, OK],
    ['one and nothing else', CONTINUE, ''],
    ['what only looks like one', 'HTTP/1.1 1000 x\r\n\r\n', 'HTTP/1.1 1000 x\r\n\r\n'],
    ['what is not HTTP', '100 Continue\r\n\r\n', '100 Continue\r\n\r\n'],
  ])('%s', (_, answer, rest) => {
    expect(left([answer])).toBe(rest);
    expect(left(answer.split(''))).toBe(rest);
  });

  it('are removed wherever the pieces are cut', () => {
    const part = fc.constantFrom(CONTINUE, HINTS);
    const cuts = fc.array(fc.nat({ max: 400 }), { maxLength: 8 });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.string(), cuts, (before, body, at) => {
        const whole = before.join('') + OK + Buffer.from(body).toString('latin1');
        const bounds = [0, ...at.toSorted((a, b) => a - b), whole.length];
        const pieces = bounds.slice(1).map((end, index) => whole.slice(bounds[index], end));
        expect(left(pieces)).toBe(OK + Buffer.from(body).toString('latin1'));
      }),
    );
  });

  it('are recognised only where an answer begins', () => {
    const interim = new InterimAnswers();
    expect(left([OK, CONTINUE], interim)).toBe(OK + CONTINUE);
    expect(left([CONTINUE, OK], interim)).toBe(OK);
  });

  it('end the answer if there are too many, or if they switch protocols', () => {
    expect(left([CONTINUE.repeat(100), OK])).toBe(OK);
    expect(() => left([CONTINUE.repeat(101)])).toThrow(TooManyInterimAnswersError);
    expect(() => left(['HTTP/1.1 101 Switching Protocols\r\n\r\n'])).toThrow(UnexpectedUpgradeError);
  });
});
