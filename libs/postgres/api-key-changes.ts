import { Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ApiKeyAuthenticator } from '#libs/platform';
import { API_KEY_CHANNEL } from './api-key.repository.js';
import { DatabaseNotices } from './database-notices.js';

/**
 * Has a process forget a key as soon as it was changed. A change whose notice was missed is known once the key is looked up
 * again: forgetting all keys would refuse every caller while the database is away.
 */
@Injectable()
export class ApiKeyChanges implements OnModuleInit {
  constructor(
    @Inject(DatabaseNotices) private readonly notices: DatabaseNotices,
    @Inject(ApiKeyAuthenticator) private readonly keys: Pick<ApiKeyAuthenticator, 'forget'>,
  ) {}

  onModuleInit(): void {
    this.notices.listen(API_KEY_CHANNEL, (hash) => {
      if (hash) this.keys.forget(hash);
    });
  }
}
