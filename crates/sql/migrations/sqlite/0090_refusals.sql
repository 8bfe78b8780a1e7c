-- A pause because of who sends: after it the channel is slow for a day.
alter table channel_pause add column slow integer not null default 0;
-- When a letter was last refused because of who sends, and how often others had passed since the time before.
alter table outbox add column refused_at integer;
alter table outbox add column refused_alone integer not null default 0;
-- The last letter of a channel that was refused for good in words that don't tell why; none after one was taken.
create table last_refused (
    channel text    primary key,
    outbox  integer not null references outbox (id),
    words   text    not null
) strict, without rowid;
