import { Card, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';

interface TileProps {
  readonly label: string;
  /** `undefined`: not known. */
  readonly value: string | undefined;
  /** Somebody should look at it. */
  readonly isBad?: boolean;
  readonly to?: string;
  readonly search?: Readonly<Record<string, string>> | undefined;
}

/** One number, and the page that explains it. */
export function Tile({ label, value = '–', isBad = false, to, search }: TileProps) {
  const content = (
    <>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <Text size="xl" fw={600} c={isBad ? 'red' : undefined}>
        {value}
        {isBad && <span aria-hidden> !</span>}
      </Text>
    </>
  );
  if (to === undefined)
    return (
      <Card withBorder padding="sm">
        {content}
      </Card>
    );
  return (
    <Card
      withBorder
      padding="sm"
      renderRoot={(props) => <Link to={to} search={search as never} {...props} />}
    >
      {content}
    </Card>
  );
}
