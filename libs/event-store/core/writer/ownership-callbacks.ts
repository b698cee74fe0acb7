/** How a writer speaks with whoever has assigned its partition. */
export interface OwnershipCallbacks {
  /**
   * Resolves once the consumer group confirms, after this call, that this process still owns the partition. A process that
   * was suspended while it lost the partition must not reclaim it.
   */
  confirmed(): Promise<void>;
  /** The writer is ready for commands, under this claim. */
  began(claim: number): void;
}
