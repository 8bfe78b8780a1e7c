create table rule_set (
    number      integer primary key,
    texts       text    not null,
    proposed_at integer not null,
    proposed_by text    not null,
    accepted_at integer,
    accepted_by text
) strict;
create trigger rule_set_in_force_is_never_changed before update on rule_set when old.accepted_at is not null
begin select raise(abort, 'a set of rules that was in force is never changed'); end;
create trigger rule_set_in_force_is_never_deleted before delete on rule_set when old.accepted_at is not null
begin select raise(abort, 'a set of rules that was in force is never deleted'); end;
-- The set of rules an episode began with; 0 for the forecast's own episodes.
alter table episode add column rule_set integer not null default 0;
