import { useSearch } from '@tanstack/react-router';
import { createContext, use } from 'react';
import type { Session } from '../api/session';

export const SessionContext = createContext<Session | undefined>(undefined);

export function useSession(): Session {
  const session = use(SessionContext);
  if (!session) throw new Error('there is no session outside of the frame');
  return session;
}

/**
 * Whether this session has a scope, so that a page offers only what the API allows. An operator who acts for a tenant
 * has all of that tenant's.
 */
export function useScope(scope: string): boolean {
  const { scopes } = useSession();
  const { tenant } = useSearch({ strict: false });
  return scopes.includes(scope) || (tenant !== undefined && scopes.includes('operator'));
}
