-- Mailboxes that are read: since when one can't be, and what has been looked at in it.
create table mailbox (
    name         text    primary key,
    read_at      integer,
    failed_since integer,
    said         text    not null default ''
) strict, without rowid;
create table mailbox_seen (
    mailbox text not null,
    mark    text not null,
    primary key (mailbox, mark)
) strict, without rowid;
