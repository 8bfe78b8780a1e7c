-- Where several rules hit one person at the same time, one message carries their letters. Each letter keeps its row and its
-- words; the one whose key the message bears carries the others.
alter table outbox add column carried_by integer references outbox (id);
create index outbox_carried on outbox (carried_by) where carried_by is not null;
create index outbox_to_one on outbox (address) where state = 'queued' and attempt = 0;
-- The words of such a message as they were handed over.
create table merged_text (
    outbox  integer not null references outbox (id),
    attempt integer not null,
    subject text    not null,
    body    text    not null,
    primary key (outbox, attempt)
) strict, without rowid;
create trigger merged_text_is_never_changed before update on merged_text
begin select raise(abort, 'the words of a message are never changed'); end;
-- What a notice asks in the few words that a short message has room for beside others.
create table gist (
    notice  text not null primary key references notice (key),
    title   text not null,
    periods text not null,
    asks    text not null,
    reply   text not null,
    link    text not null
) strict, without rowid;
