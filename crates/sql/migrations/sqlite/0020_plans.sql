-- The plan of every revision that was drafted or told, whole, as JSON.
create table plan (
    episode    text    not null,
    revision   integer not null,
    plan       text    not null,
    primary key (episode, revision),
    foreign key (episode, revision) references revision (episode, number)
) strict, without rowid;
create trigger plan_is_never_changed before update on plan
begin select raise(abort, 'a plan is never changed'); end;
create trigger plan_is_never_deleted before delete on plan
begin select raise(abort, 'a plan is never deleted'); end;
-- What people have said of processes: hours set, or that one can't be moved, and why; until it is taken back.
create table process_word (
    id          integer primary key,
    process     text    not null,
    said        text    not null check (said in ('on', 'off', 'cannot')),
    starts      integer,
    ends        integer,
    reason      text    not null,
    by          text    not null,
    at          integer not null,
    released_at integer,
    released_by text,
    check ((said = 'cannot') = (starts is null)),
    check ((starts is null) = (ends is null))
) strict;
create index process_word_in_force on process_word (process) where released_at is null;
