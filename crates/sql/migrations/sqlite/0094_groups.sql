-- A revision in the words of one text for a chat group.
create table revision_group (
    episode text    not null,
    number  integer not null,
    words   text    not null,
    primary key (episode, number),
    foreign key (episode, number) references revision (episode, number)
) strict, without rowid;
create trigger revision_group_is_never_changed before update on revision_group
begin select raise(abort, 'what a revision says is never changed'); end;
