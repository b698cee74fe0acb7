create table process (
  process_id uuid primary key,
  tenant text not null,
  version int not null,
  process text not null,
  status text not null,
  timer_at bigint not null,
  unanswered_since bigint not null,
  progress_at bigint not null,
  created_at timestamptz(3) not null,
  updated_at timestamptz(3) not null,
  state json not null
);

create index on process (tenant, created_at desc, process_id desc);
create index on process (tenant, status, created_at desc, process_id desc);
create index on process (process_id) where status = 'stuck';
-- Most processes have no timer and wait for no answer: their largest number stands for never.
create index on process (timer_at) where timer_at < 9007199254740991;
create index on process (unanswered_since) where unanswered_since < 9007199254740991;

-- How far the events of a partition have been handed to their processes.
create table process_checkpoint (
  topic text not null,
  partition int not null,
  next_offset bigint not null,
  primary key (topic, partition)
);
