-- Words that no wire carries: a person passes them on, and says who, how and when.
alter table draft_part add column by_hand integer not null default 0;
create table handing (
    id       integer primary key,
    outbox   integer not null references outbox (id),
    how      text    not null check (how in ('forwarded', 'played', 'handed', 'failed')),
    at       integer not null,
    by       text    not null,
    note     text    not null,
    noted_at integer not null
) strict;
create index handing_by_letter on handing (outbox);
create trigger handing_is_never_changed before update on handing
begin select raise(abort, 'what was passed on by hand is never changed'); end;
create trigger handing_is_never_deleted before delete on handing
begin select raise(abort, 'what was passed on by hand is never deleted'); end;
