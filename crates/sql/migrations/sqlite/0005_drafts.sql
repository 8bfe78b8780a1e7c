-- A revision that waits is a draft: nobody is told of it until a row of `release` says so.
alter table revision add column waits integer not null default 0;
alter table revision add column made_by text not null default 'cuofeng';
alter table revision add column deadline integer;
alter table revision add column at_deadline text check (at_deadline in ('release', 'drop'));
create table release (
    episode text    not null,
    number  integer not null,
    outcome text    not null check (outcome in ('released', 'rejected', 'replaced', 'dropped')),
    at      integer not null,
    by      text    not null,
    reason  text    not null,
    primary key (episode, number),
    foreign key (episode, number) references revision (episode, number)
) strict, without rowid;
create trigger release_is_never_changed before update on release
begin select raise(abort, 'a release is never changed'); end;
create trigger release_is_never_deleted before delete on release
begin select raise(abort, 'a release is never deleted'); end;
-- The words of a draft's notices; they go to the outbox as they stand.
create table draft_part (
    notice     text    not null references notice (key),
    form       text    not null,
    address    text    not null,
    subject    text    not null,
    body       text    not null,
    not_before integer not null,
    primary key (notice, form, address)
) strict, without rowid;
-- While a row stands open, nothing leaves the outbox.
create table hold (
    id        integer primary key,
    since     integer not null,
    by        text    not null,
    reason    text    not null,
    lifted_at integer,
    lifted_by text
) strict;
create unique index one_hold on hold (coalesce(lifted_at, 0)) where lifted_at is null;
-- What a decision would have told and did not, and why; a row where it differs from the last one.
create table held_back (
    id     integer primary key,
    rule   text    not null,
    region text    not null,
    at     integer not null,
    reason text    not null,
    spans  text    not null
) strict;
create index held_back_by_rule on held_back (rule, region, id);
