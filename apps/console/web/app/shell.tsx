import { AppShell, Box, Burger, Group, NavLink, Stack, Text } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { Link, useLocation, useSearch } from '@tanstack/react-router';
import { type ReactNode, useEffect } from 'react';
import { navigationOf } from './navigation';
import { isPortal } from './portal';
import { SearchField } from './search-field';
import { useSession } from './session';
import { SessionMenu } from './session-menu';
import { TenantPicker } from './tenant-picker';

const CONTENT = 'content';

export function Shell({ children }: { readonly children: ReactNode }) {
  const session = useSession();
  const [isOpen, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const { tenant } = useSearch({ from: '__root__' });
  useEffect(close, [pathname, close]);
  const groups = navigationOf(session);
  const hasNavigation = session.subscriptionId === undefined;

  return (
    <AppShell
      header={{ height: 52 }}
      {...(hasNavigation && {
        navbar: { width: 210, breakpoint: 'sm', collapsed: { mobile: !isOpen } },
      })}
      padding="md"
    >
      <a className="skip-link" href={`#${CONTENT}`}>
        Skip to content
      </a>
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            {hasNavigation && (
              <Burger
                opened={isOpen}
                onClick={toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label={isOpen ? 'Close navigation' : 'Open navigation'}
                aria-expanded={isOpen}
              />
            )}
            <Text component={Link} to="/" fw={700} className="brand">
              {isPortal ? 'Webhooks' : 'Orderstream'}
            </Text>
          </Group>
          <Group gap="sm" wrap="nowrap">
            <Box visibleFrom="sm">
              <SearchField />
            </Box>
            {/* Whom one acts for is seen on narrow screens, too. */}
            <Box {...(tenant === undefined && { visibleFrom: 'sm' })} className="picked-tenant">
              <TenantPicker />
            </Box>
            <Box flex="none">
              <SessionMenu />
            </Box>
          </Group>
        </Group>
      </AppShell.Header>
      {hasNavigation && (
        <AppShell.Navbar p="xs" aria-label="Pages" className="navigation">
          <Stack gap="xs" mb="md" px="sm" hiddenFrom="sm">
            <SearchField />
            {tenant === undefined && <TenantPicker />}
          </Stack>
          {groups.map(({ label, destinations }) => (
            <Stack gap={0} mb="xs" key={label}>
              <Text size="xs" c="dimmed" fw={600} px="sm" py={4}>
                {label}
              </Text>
              {destinations.map(({ label, to }) => (
                <NavLink
                  key={to}
                  component={Link}
                  to={to}
                  label={label}
                  active={pathname === to || pathname.startsWith(`${to}/`)}
                  aria-current={pathname === to ? 'page' : undefined}
                />
              ))}
            </Stack>
          ))}
        </AppShell.Navbar>
      )}
      <AppShell.Main id={CONTENT} tabIndex={-1}>
        {children}
      </AppShell.Main>
    </AppShell>
  );
}
