import { Alert, Card, List, Title } from '@mantine/core';
import { StatusBadge } from '../../parts/status-badge';
import { pluralText } from '../../parts/numbers';
import type { Overview } from './overview';

interface ReadinessProps {
  readonly readiness: NonNullable<Overview['readiness']>;
}

/** Above everything else if a part is down, since most other numbers stay as they were. */
export function DownNotice({ readiness: { parts } }: ReadinessProps) {
  const down = parts.filter(({ status }) => status === 'down').map(({ name }) => name);
  if (down.length === 0) return null;
  return (
    <Alert
      color="red"
      variant="light"
      role="status"
      title={`${down.length} of ${pluralText(parts.length, 'dependency', 'dependencies')} down`}
    >
      {down.join(', ')}
    </Alert>
  );
}

/** Each part that the system depends on, and what is wrong with it. */
export const ReadinessList = ({ readiness }: ReadinessProps) => (
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
