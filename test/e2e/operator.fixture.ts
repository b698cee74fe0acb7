import { ApiKeyRepository, makePrisma } from '#libs/postgres';
import { Client } from './system.fixture.js';

/** A client with a key of the scope `operator`, and of others if they are named. */
export async function operatorOf(
  { app, databaseUrl }: { readonly app: { readonly url: string }; readonly databaseUrl: string },
  scopes: readonly string[] = ['operator'],
): Promise<Client> {
  const prisma = makePrisma({ url: databaseUrl, poolSize: 1, timeoutMs: 5_000 });
  const { key } = await new ApiKeyRepository(prisma).create({
    tenant: 'operations',
    name: 'operator',
    scopes,
  });
  await prisma.$disconnect();
  return new Client(() => app.url, key);
}
