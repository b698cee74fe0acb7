import { Box, Text } from '@mantine/core';
import { Fragment, type ReactNode } from 'react';

/** Names and values in two columns; entries without a value are left out. */
export function Facts({ items }: { readonly items: Readonly<Record<string, ReactNode>> }) {
  const shown = Object.entries(items).filter(
    ([, value]) => value !== undefined && value !== null && value !== false,
  );
  return (
    <Box component="dl" className="facts">
      {shown.map(([name, value]) => (
        <Fragment key={name}>
          <Text component="dt" size="sm" c="dimmed">
            {name}
          </Text>
          <Text component="dd" size="sm" m={0}>
            {value}
          </Text>
        </Fragment>
      ))}
    </Box>
  );
}
