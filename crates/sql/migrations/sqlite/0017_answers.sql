-- Hours within which a notice asks for an answer; of a reminder, the notice that it reminds of.
alter table notice add column ask_hours integer;
alter table notice add column about text references notice (key);
create index notice_about on notice (about) where about is not null;

create table answer (
    id      integer primary key,
    notice  text    not null references notice (key),
    at      integer not null,
    said    text    not null check (said in ('known', 'done', 'unable')),
    reason  text    not null,
    via     text    not null check (via in ('link', 'reply', 'staff')),
    by      text    not null
) strict;
create index answer_by_notice on answer (notice);
create trigger answer_is_never_changed before update on answer
begin select raise(abort, 'an answer is never changed'); end;
create trigger answer_is_never_deleted before delete on answer
begin select raise(abort, 'an answer is never deleted'); end;

-- Steps taken for a notice that was not answered; the key keeps each to one.
create table escalation (
    notice  text    not null references notice (key),
    rung    text    not null check (rung in ('reminder', 'backup', 'grid', 'cadre', 'phone')),
    at      integer not null,
    reason  text    not null,
    primary key (notice, rung)
) strict, without rowid;
