-- A lease names the drain that holds a letter: a state is only written by its holder. `tries` counts what the channel
-- called transient; `ask_at` is when the far side is asked what became of it.
alter table outbox add column lease text not null default '';
alter table outbox add column leased_until integer not null default 0;
alter table outbox add column tries integer not null default 0;
alter table outbox add column ask_at integer;
alter table outbox add column asked integer not null default 0;
drop index outbox_waiting;
create index outbox_waiting on outbox (channel, priority, not_before, id) where state = 'queued';
create index outbox_ending on outbox (expires_at) where state = 'queued';
create index outbox_to_ask on outbox (ask_at) where ask_at is not null;
create index outbox_unknown on outbox (id) where state = 'unknown';
-- While a row stands open nothing leaves by the channel, but one letter to try at `try_at` where the program paused it.
create table channel_pause (
    id        integer primary key,
    channel   text    not null,
    since     integer not null,
    by        text    not null,             -- cuofeng, or a member of staff
    reason    text    not null,
    try_at    integer,
    lifted_at integer,
    lifted_by text
) strict;
-- What a limit counts.
create index transition_begun on transition (at, outbox) where state = 'sending';
create unique index one_pause on channel_pause (channel) where lifted_at is null;
