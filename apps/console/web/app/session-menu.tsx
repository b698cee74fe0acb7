import { Button, Menu, Text, useMantineColorScheme } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { changeSession, logOut } from '../api/session';
import { usePersonalData } from './personal-data';
import { useSession } from './session';

const SCHEMES = { auto: 'As the system', light: 'Light', dark: 'Dark' } as const;

/** Who is logged in, how the page looks, and whether personal data is shown. */
export function SessionMenu() {
  const session = useSession();
  const queries = useQueryClient();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { isShown, show, hide } = usePersonalData();

  async function leave() {
    await logOut();
    changeSession(queries, null);
  }

  return (
    <Menu position="bottom-end" withinPortal>
      <Menu.Target>
        <Button variant="default" size="compact-md">
          {session.kind === 'portal' ? 'Menu' : session.tenant}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {session.kind !== 'portal' && (
          <>
            <Menu.Label>
              <Text size="xs">Logged in as {session.actor}</Text>
            </Menu.Label>
            <Menu.Item onClick={isShown ? hide : show}>
              {isShown ? 'Hide personal data' : 'Show personal data (recorded)'}
            </Menu.Item>
            <Menu.Divider />
          </>
        )}
        <Menu.Label>Appearance</Menu.Label>
        {Object.entries(SCHEMES).map(([scheme, label]) => (
          <Menu.Item
            key={scheme}
            onClick={() => setColorScheme(scheme as keyof typeof SCHEMES)}
            aria-current={colorScheme === scheme}
          >
            {colorScheme === scheme ? `${label} ✓` : label}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Item onClick={() => void leave()}>Log out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
