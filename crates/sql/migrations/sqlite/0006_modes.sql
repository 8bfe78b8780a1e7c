-- The mode in force is the last row's; an episode and its letters keep the one they began in.
create table mode (
    id     integer primary key,
    mode   text    not null check (mode in ('live', 'exercise', 'dry-run')),
    since  integer not null,
    by     text    not null,
    reason text    not null
) strict;
alter table episode add column mode text not null default 'live' check (mode in ('live', 'exercise'));
drop index one_open_episode;
create unique index one_open_episode on episode (mode, kind, region) where state = 'open';
alter table outbox add column mode text not null default 'live' check (mode in ('live', 'exercise'));
