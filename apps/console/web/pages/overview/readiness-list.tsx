import { Card, List, Title } from '@mantine/core';
import { StatusBadge } from '../../parts/status-badge';
import type { Overview } from './overview';

/** Each part that the system depends on, and what is wrong with it. */
export const ReadinessList = ({ readiness }: { readonly readiness: NonNullable<Overview['readiness']> }) => (
  <Card withBorder>
    <Title order={2} size="h5" mb="xs">
      Dependencies
    </Title>
    <List listStyleType="none" spacing={4} size="sm">
      {readiness.parts.map(({ name, status, message, notices = [] }) => (
        <List.Item key={name}>
          <StatusBadge status={status} /> {[name, message, ...notices].filter(Boolean).join(' · ')}
        </List.Item>
      ))}
    </List>
  </Card>
);
