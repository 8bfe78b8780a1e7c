-- What staff decided on an answer that says that something can't be done.
create table unable (
    answer     integer primary key references answer (id),
    granted    integer not null check (granted in (0, 1)),
    at         integer not null,
    by         text    not null,
    reason     text    not null
) strict;
create trigger unable_is_never_changed before update on unable
begin select raise(abort, 'a decision on an answer is never changed'); end;
create trigger unable_is_never_deleted before delete on unable
begin select raise(abort, 'a decision on an answer is never deleted'); end;
-- Until when a word on a process holds; where nothing stands, until it is taken back.
alter table process_word add column until integer;
