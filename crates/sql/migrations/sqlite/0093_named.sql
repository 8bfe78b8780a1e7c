-- Whom an alarm about an episode has named to duty staff: each once.
create table alarm_named (
    kind    text    not null,
    episode text    not null,
    about   text    not null,
    at      integer not null,
    primary key (kind, episode, about)
) strict, without rowid;
