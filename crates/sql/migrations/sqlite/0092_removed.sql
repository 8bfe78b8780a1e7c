-- Who was told of an episode and is nobody whom its rule tells any more: taken out of the tables, or out of its reach.
create table removed (
    episode   text    not null references episode (id),
    audience  text    not null,
    recipient text    not null,
    name      text    not null,
    at        integer not null,
    primary key (episode, audience, recipient)
) strict, without rowid;
create index removed_by_time on removed (at);
