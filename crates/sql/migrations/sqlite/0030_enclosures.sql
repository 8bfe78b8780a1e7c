-- Files that go with a notice's mail, byte by byte as they go out.
create table enclosure (
    notice     text    not null references notice (key),
    place      integer not null,
    name       text    not null,
    plain_name text    not null,
    kind       text    not null,
    bytes      blob    not null,
    primary key (notice, place)
) strict, without rowid;
create trigger enclosure_is_never_changed before update on enclosure
begin select raise(abort, 'an enclosure is never changed'); end;
