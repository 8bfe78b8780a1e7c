-- Every attempt at a backup, by the place where it was to lie: proved there, or why not.
create table backup (
    id    integer primary key,
    at    integer not null,
    place text    not null,                 -- the folder
    file  text    not null,
    size  integer not null,
    why   text    not null check (why in ('asked', 'nightly', 'upgrade')),
    error text    not null                  -- empty where it was proved
) strict;
create index backup_of_place on backup (place, at);
