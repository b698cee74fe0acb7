import { api } from '../../api/client';
import { Facts } from '../../parts/facts';
import { Identifier } from '../../parts/identifier';
import { moneyText } from '../../parts/money';
import { ProblemNotice } from '../../parts/problem-notice';
import { StatusBadge } from '../../parts/status-badge';
import { TenantLink } from '../../parts/tenant-link';
import { TimeText } from '../../parts/time-text';

/** What became of one mail. */
export function MailFacts({ notificationId }: { readonly notificationId: string }) {
  const { data: mail, error } = api.useQuery('get', '/v1/notifications/{notificationId}', {
    params: { path: { notificationId } },
  });
  if (error) return <ProblemNotice error={error} />;
  if (!mail) return null;
  const { orderId, cartId } = mail;
  return (
    <Facts
      items={{
        Subject: mail.subject,
        To: mail.to,
        Status: <StatusBadge status={mail.status} />,
        Error: mail.error,
        Template: mail.template,
        Sent: <TimeText at={mail.sentAt} />,
        Customer: mail.customerId,
        Total: moneyText(mail.total, mail.currency),
        Order: orderId !== undefined && <TenantLink to={`/orders/${orderId}`}>{orderId}</TenantLink>,
        Cart: cartId !== undefined && (
          <TenantLink to="/carts" search={{ cartId }}>
            {cartId}
          </TenantLink>
        ),
        'Message-ID': <Identifier value={mail.messageId} label="Message-ID" />,
        Id: <Identifier value={mail.notificationId} label="mail id" />,
      }}
    />
  );
}
