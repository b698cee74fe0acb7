import fc from 'fast-check';
import { itForAll } from './testing/index.js';
import { continuesTrace, formatTraceparent, isSampledTrace, parseTraceparent } from './trace-context.js';

const hex = (length: number) =>
  fc
    .string({ unit: fc.constantFrom('0', '1', '9', 'a', 'f'), minLength: length, maxLength: length })
    .filter((text) => /[^0]/.test(text));
const context = fc.record({ traceId: hex(32), spanId: hex(16), isSampled: fc.boolean() });

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('a trace context', () => {
  itForAll('is read as it was written', [context], (given) => {
    const text = formatTraceparent(given);
    expect(parseTraceparent(text)).toEqual(given);
    expect(isSampledTrace(text)).toBe(given.isSampled);
  });

  const noise = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.anything(),
    fc
      .tuple(context.map(formatTraceparent), fc.nat(54), fc.string({ unit: 'binary', maxLength: 3 }))
      .map(([text, at, put]) => text.slice(0, at) + put + text.slice(at + 1)),
  );
  itForAll('is nothing but what the pattern allows, whatever a client sends', [noise], (given) => {
    const found = parseTraceparent(given);
    if (!found) return;
    expect(formatTraceparent(found)).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
    expect(found.traceId).not.toMatch(/^0*$/);
  });

  it.each([
    ['a newer version with more', `01-${TRACE}-${SPAN}-01-more`, true],
    ['other flags beside', `00-${TRACE}-${SPAN}-03`, true],
    ['only other flags', `00-${TRACE}-${SPAN}-02`, false],
  ])('is understood: %s', (_, text, isSampled) => {
    expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, isSampled });
  });

  it.each([
    ['no trace', `00-${'0'.repeat(32)}-${SPAN}-01`],
    ['no span', `00-${TRACE}-${'0'.repeat(16)}-01`],
    ['the forbidden version', `ff-${TRACE}-${SPAN}-01`],
    ['more than this version has', `00-${TRACE}-${SPAN}-01-more`],
    ['capital letters', `00-${TRACE.toUpperCase()}-${SPAN}-01`],
    ['two in one', `00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    ['a line end', `00-${TRACE}-${SPAN}-01\n`],
    ['several headers', [`00-${TRACE}-${SPAN}-01`]],
  ])('is refused: %s', (_, text) => {
    expect(parseTraceparent(text)).toBeUndefined();
  });
});

it('lasts for an hour after an event', () => {
  const occurredAt = '2026-01-01T00:00:00.000Z';
  const at = Date.parse(occurredAt);
  expect(continuesTrace({ occurredAt }, at + 3_600_000)).toBe(true);
  expect(continuesTrace({ occurredAt }, at + 3_600_001)).toBe(false);
});
