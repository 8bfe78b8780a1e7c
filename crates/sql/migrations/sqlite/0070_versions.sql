-- A run has versions: what its feed says later of the same issue time, and what a person enters, withdraws or takes an
-- hour out of, stands beside what was known before. At most one version of a part of a run is in force.
create table forecast_version (
    id            integer primary key,
    feed          text    not null,             -- empty where a person entered it
    region        text    not null,
    issued_at     integer not null,
    part          integer not null default 0,   -- 0 as pulled, -1 the weather alone; else the line that a person confirmed, or the day that one entered
    version       integer not null default 1,
    pulled_at     integer not null,             -- when it was received
    archive       integer not null default 0,
    days          text    not null default '[]',
    packed        blob    not null,
    digest        text    not null default '',  -- of what it says; empty of runs from before there were versions
    given         integer not null default 1,   -- whether the feed last gave this for the issue time
    made_by       text    not null default '',  -- the person it is by; empty where the feed brought it
    source        text    not null default '',  -- where that person has it from, or why the version before was changed
    ended_at      integer,                      -- since when it is out of force
    withdrawn_at  integer,                      -- when a person took it, or an hour of it, out of force
    withdrawn_by  text    not null default '',
    withdrawn_for text    not null default '',
    unique (feed, region, issued_at, part, version)
) strict;
insert into forecast_version (id, feed, region, issued_at, part, pulled_at, archive, days, packed)
    select id, feed, region, issued_at, part, pulled_at, archive, days, packed from forecast_run;
drop table forecast_run;
alter table forecast_version rename to forecast_run;
create index forecast_run_in_force on forecast_run (region, issued_at) where ended_at is null;

-- The versions that a decision rested on, until it was decided anew on others.
create table basis (
    episode text    not null,
    number  integer not null,                   -- of the revision
    run     integer not null,
    anew_at integer,
    primary key (episode, number, run)
) strict, without rowid;
create index basis_of_run on basis (run);

-- Regions whose forecast a correction changed since they were last decided on.
create table anew (
    region text    primary key,
    number integer not null                     -- of the correction, rising
) strict, without rowid;
