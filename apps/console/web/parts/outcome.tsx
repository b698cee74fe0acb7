import { Affix, Notification } from '@mantine/core';
import { createContext, type ReactNode, use, useEffect, useState } from 'react';

const SHOWN_MS = 8_000;

const SayOutcome = createContext<(text: string) => void>(() => undefined);

/** Says on any page what an act has done, also where the act has removed its own button. */
export function OutcomeProvider({ children }: { readonly children: ReactNode }) {
  const [said, say] = useState<{ readonly text: string }>();
  useEffect(() => {
    if (!said) return undefined;
    const timer = setTimeout(() => say(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [said]);
  return (
    <SayOutcome value={(text) => say({ text })}>
      {children}
      <Affix position={{ bottom: 16, right: 16 }} role="status">
        {said && (
          <Notification
            color="teal"
            withBorder
            onClose={() => say(undefined)}
            closeButtonProps={{ 'aria-label': 'Close' }}
          >
            {said.text}
          </Notification>
        )}
      </Affix>
    </SayOutcome>
  );
}

export const useSayOutcome = () => use(SayOutcome);
