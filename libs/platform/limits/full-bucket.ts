import { TokenBucket } from 'limiter';

/** A token bucket that is full at first; the library's begin empty. @param tokensPerSecond by which it fills again */
export function fullBucket(bucketSize: number, tokensPerSecond: number): TokenBucket {
  const bucket = new TokenBucket({ bucketSize, tokensPerInterval: tokensPerSecond, interval: 'second' });
  bucket.content = bucketSize;
  return bucket;
}
