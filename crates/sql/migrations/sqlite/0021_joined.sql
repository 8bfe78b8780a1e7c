-- What a revision says to everyone (JSON), and the words that a person put for others in its draft, in their order: who
-- joins the episode later reads what the others have read.
create table revision_content (
    episode text    not null,
    number  integer not null,
    content text    not null,
    primary key (episode, number),
    foreign key (episode, number) references revision (episode, number)
) strict, without rowid;
create trigger revision_content_is_never_changed before update on revision_content
begin select raise(abort, 'what a revision says is never changed'); end;
create table revision_put (
    episode text    not null,
    number  integer not null,
    place   integer not null,
    stood   text    not null,
    put     text    not null,
    primary key (episode, number, place),
    foreign key (episode, number) references revision (episode, number)
) strict, without rowid;
-- The hours of those who joined after a revision was told.
create table plan_joined (
    id       integer primary key,
    episode  text    not null,
    revision integer not null,
    at       integer not null,
    plan     text    not null,
    foreign key (episode, revision) references revision (episode, number)
) strict;
create index plan_joined_by_episode on plan_joined (episode, revision);
