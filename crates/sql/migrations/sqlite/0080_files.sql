-- The site's own files as the worker last read them without error: what commands go by while the files have errors.
create table good_file (
    path    text primary key,                   -- below the site's folder
    bytes   blob not null,
    read_at integer not null
) strict, without rowid;
