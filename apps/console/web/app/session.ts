import { createContext, use } from 'react';
import type { Session } from '../api/session';

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error('there is no session outside of the frame');
  return session;
}

/** Whether this session has a scope, so that a page offers only what the API allows. */
export const useScope = (scope: string): boolean => useSession().scopes.includes(scope);
