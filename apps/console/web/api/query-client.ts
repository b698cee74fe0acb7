import { QueryClient } from '@tanstack/react-query';
import { Problem } from './problem';

const isFinal = (error: unknown): boolean =>
  error instanceof Problem && error.status < 500 && error.status !== 429;

/** Answers are kept for as long as a page shows them, and a minute more. */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      gcTime: 60_000,
      staleTime: 2_000,
      retry: (failures, error) => !isFinal(error) && failures < 2,
      refetchOnWindowFocus: false,
    },
  },
});
