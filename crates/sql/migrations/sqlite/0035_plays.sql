-- What a loudspeaker said of an order: each step of an attempt once, however often and in whatever order it is said.
create table play_report (
    letter     text    not null references outbox (key),
    attempt    integer not null,
    step       text    not null check (step in ('accepted', 'playing', 'played', 'failed')),
    came_at    integer not null,
    said_at    integer,                     -- by the loudspeaker's own clock
    seconds    integer,
    reason     text    not null,
    matched_at integer,
    primary key (letter, attempt, step)
) strict, without rowid;
create index play_report_open on play_report (came_at) where matched_at is null;
