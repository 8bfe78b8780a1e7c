-- One job became three, each with its own record; a run may be due and not yet begun.
create table run_new (
    job         text    not null,
    due_at      integer not null,
    state       text    not null check (state in ('due', 'running', 'done', 'failed', 'skipped')),
    started_at  integer not null,
    finished_at integer,
    reason      text    not null default '',
    primary key (job, due_at)
) strict, without rowid;
insert into run_new (job, due_at, state, started_at, finished_at, reason)
    select coalesce(part.job, run.job), due_at, state, started_at, finished_at,
           case reason when 'a later run was due already' then 'later-due' else reason end
    from run left join (select 'pull' as job union all select 'evaluate' union all select 'deliver') part
        on run.job = 'cycle';
drop table run;
alter table run_new rename to run;
create index run_open on run (job) where state in ('due', 'running');
-- Stretches of time, after `since` up to and including `until`, whose due times are on record.
create table run_settled (
    job   text    not null,
    since integer not null,
    until integer not null,
    primary key (job, since)
) strict, without rowid;
insert into run_settled (job, since, until)
    select job, min(due_at) - 1, max(due_at) from run where job in ('pull', 'evaluate', 'deliver') group by job;
