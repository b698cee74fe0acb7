import { Card, Text } from '@mantine/core';
import { Link } from '@tanstack/react-router';

interface TileProps {
  readonly label: string;
  /** Absent: not known. */
  readonly value: string | undefined;
  /** It wants attention. */
  readonly isBad?: boolean;
  /** The page that explains it, with its filters. */
  readonly to?: string;
  readonly search?: Readonly<Record<string, string>> | undefined;
}

/** One number with its name; several stand in a `div` of class `tiles`. */
export function Tile({ label, value = '–', isBad = false, to, search }: TileProps) {
  return (
    <Card
      withBorder
      padding="xs"
      className={isBad ? 'tile-bad' : undefined}
      {...(to !== undefined && {
        renderRoot: (props: object) => <Link to={to} search={search as never} {...props} />,
      })}
    >
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="lg" fw={600}>
        {value}
      </Text>
    </Card>
  );
}
