-- A draft that a releaser holds back goes by no deadline; it waits as long as it is of use.
create table draft_hold (
    episode text    not null,
    number  integer not null,
    at      integer not null,
    by      text    not null,
    reason  text    not null,
    primary key (episode, number),
    foreign key (episode, number) references revision (episode, number)
) strict, without rowid;
