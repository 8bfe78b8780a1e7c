-- Templates whose words a person has released before, by what they say; nothing else goes out by itself.
create table wording (
    digest      text    primary key,
    template    text    not null,
    approved_at integer not null,
    approved_by text    not null
) strict, without rowid;
-- The templates that a draft was made from.
create table draft_wording (
    episode  text    not null,
    number   integer not null,
    template text    not null,
    digest   text    not null,
    primary key (episode, number, template),
    foreign key (episode, number) references revision (episode, number)
) strict, without rowid;
