-- Ends by a person's word that no longer keep the program from telling the same hours again.
create table told_again (
    episode text    primary key references episode (id),
    at      integer not null,
    by      text    not null,
    reason  text    not null
) strict, without rowid;
