import { Card, Text } from '@mantine/core';

interface TileProps {
  readonly label: string;
  readonly value: string;
  /** It wants attention. */
  readonly isBad?: boolean;
}

/** One number with its name; several stand in a `div` of class `tiles`. */
export function Tile({ label, value, isBad = false }: TileProps) {
  return (
    <Card withBorder padding="xs" className={isBad ? 'tile-bad' : undefined}>
      <Text size="xs" c="dimmed">
        {label}
      </Text>
      <Text size="lg" fw={600}>
        {value}
      </Text>
    </Card>
  );
}
