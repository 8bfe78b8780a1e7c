-- A notice that goes one way after another: the steps of its recipient's order, the first one included. Where a letter
-- goes by the first step, the later ones wait here with their words.
create table reserve (
    notice  text    not null references notice (key),
    place   integer not null,
    backup  integer not null,           -- to the backup contact
    form    text    not null,
    address text    not null,
    subject text    not null,
    body    text    not null,
    primary key (notice, place)
) strict, without rowid;
-- Which notices have another way left, by the form of the first; settled says why none is looked for any more.
create table track (
    notice     text    not null references notice (key),
    form       text    not null,
    settled    text,
    settled_at integer,
    primary key (notice, form)
) strict, without rowid;
create index track_open on track (notice) where settled is null;
