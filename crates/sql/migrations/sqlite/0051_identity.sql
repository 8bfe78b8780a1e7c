-- Which site this is, and in which folder the number below is marked beside the database.
create table identity (
    only     integer primary key check (only = 1),
    identity text    not null,
    since    integer not null,
    marks    text    not null
) strict;
-- Counted up in every transaction that begins letters; `at` is when.
create table mark (
    only   integer primary key check (only = 1),
    number integer not null,
    at     integer not null
) strict;
insert into mark (only, number, at) values (1, 0, 0);
-- In what is sent about it; empty where it began before there was any: its identifiers stay as they were.
alter table episode add column identity text not null default '';
-- How a person has settled that the folder was copied or moved, or the database another site's.
alter table hold add column settled text not null default '' check (settled in ('', 'moved', 'copied'));
