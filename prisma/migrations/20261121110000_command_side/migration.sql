-- What the command side keeps beside the log: states that do not fit into memory, and who writes which partition.

CREATE TABLE "stream_state_checkpoint" (
    "topic" TEXT NOT NULL,
    "partition" INTEGER NOT NULL,
    "claim" BIGINT NOT NULL,
    "next_offset" BIGINT NOT NULL,

    CONSTRAINT "stream_state_checkpoint_pkey" PRIMARY KEY ("topic", "partition")
);

CREATE TABLE "stream_state" (
    "topic" TEXT NOT NULL,
    "partition" INTEGER NOT NULL,
    "stream_id" TEXT NOT NULL,
    "state" JSON NOT NULL,

    CONSTRAINT "stream_state_pkey" PRIMARY KEY ("topic", "partition", "stream_id")
);

CREATE TABLE "partition_owner" (
    "topic" TEXT NOT NULL,
    "partition" INTEGER NOT NULL,
    "claim" BIGINT NOT NULL,
    "url" TEXT NOT NULL,
    "token" TEXT NOT NULL,

    CONSTRAINT "partition_owner_pkey" PRIMARY KEY ("topic", "partition")
);
