-- What a provider pushed of a message, until it is matched with its letter: a push may come before the answer to the
-- send is written down.
create table sms_report (
    provider    text    not null,
    provider_id text    not null,
    mobile      text    not null,
    arrived     integer not null,
    letter      text    not null,
    said        text    not null,
    came_at     integer not null,
    matched_at  integer,
    primary key (provider, provider_id, mobile, arrived)
) strict, without rowid;
create index sms_report_open on sms_report (came_at) where matched_at is null;
create index receipt_by_provider on receipt (provider_id) where provider_id <> '';
-- What people answered. A reply that is no clear answer to one notice waits for a person; why says why.
create table reply (
    number     integer primary key,
    source     text    not null,
    source_id  text    not null,
    mobile     text    not null,
    body       text    not null,
    meaning    text    not null check (meaning in ('known', 'done', 'unable', 'leave', 'other')),
    why        text    not null,
    at         integer not null,
    typed_by   text    not null default '',
    notice     text    references notice (key),
    settled_at integer,
    settled_by text,
    reason     text,
    unique (source, source_id)
) strict;
create index reply_waiting on reply (number) where settled_at is null;
create index outbox_by_address on outbox (address) where form = 'sms';
