import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { queryClient } from '../api/query-client';
import { nonce } from './nonce';
import { router } from './router';
import { consoleTheme } from './theme';

const colorSchemes = localStorageColorSchemeManager({ key: 'orderstream-color-scheme' });

export function Console() {
  return (
    <MantineProvider
      theme={consoleTheme}
      defaultColorScheme="auto"
      colorSchemeManager={colorSchemes}
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queryClient}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  );
}
