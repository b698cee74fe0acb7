import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';
import { EVENT_CONTRACTS } from '#libs/contracts';

const text = readFileSync(new URL('../../docs/asyncapi.json', import.meta.url), 'utf8');
/** An error or a warning of the parser. Hints are of no interest, such as that there is a newer AsyncAPI. */
const isFault = ({ severity }: { readonly severity: number }): boolean => severity <= 1;

describe('the document of the topics', () => {
  it('is valid AsyncAPI 3 to its official parser', async () => {
    const { document, diagnostics } = await new Parser().parse(text);
    expect(diagnostics.filter(isFault)).toEqual([]);
    expect(document?.version()).toBe('3.0.0');
    const messages = document?.allMessages().all() ?? [];
    expect(messages.map((message) => message.id()).toSorted()).toEqual(
      EVENT_CONTRACTS.map(({ eventType }) => eventType).toSorted(),
    );
    expect(
      document
        ?.allChannels()
        .all()
        .map((channel) => channel.address()),
    ).toEqual([...new Set(EVENT_CONTRACTS.map(({ topic }) => topic))]);
  });

  it('has every event, with its schema', () => {
    const { components } = JSON.parse(text) as {
      readonly components: { readonly messages: Record<string, { readonly payload: object }> };
    };
    for (const { eventType, schema } of EVENT_CONTRACTS)
      expect(components.messages[eventType]?.payload).toMatchObject({ schema });
  });

  it('would be refused if it were wrong', async () => {
    const wrong = text.replace('"action": "receive"', '"action": "guess"');
    const { diagnostics } = await new Parser().parse(wrong);
    expect(diagnostics.some(isFault)).toBe(true);
  });
});
