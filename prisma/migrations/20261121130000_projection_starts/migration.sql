-- Where each build of a projection begins, if not at the beginning of the log.
create table projection_start (
  projection text not null,
  topic text not null,
  partition int not null,
  "offset" bigint not null,
  primary key (projection, topic, partition)
);

-- Of the build that the checkpoint belongs to: a projection may begin elsewhere the next time that it is built.
alter table projection_checkpoint add column first_offset bigint not null default 0;
