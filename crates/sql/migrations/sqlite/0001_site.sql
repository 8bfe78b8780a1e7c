-- Instants are whole seconds since 1970-01-01T00:00Z; columns of values are little-endian i32 thousandths.
create table forecast_run (
    id         integer primary key,
    feed       text    not null,
    region     text    not null,
    issued_at  integer not null,
    pulled_at  integer not null,
    unique (feed, region, issued_at)
) strict;
create table forecast_series (
    run        integer not null references forecast_run (id) on delete cascade,
    variable   text    not null,
    first_hour integer not null,
    milli      blob    not null,
    primary key (run, variable)
) strict, without rowid;
create table feed_state (
    feed       text    primary key,
    pulled_at  integer not null,
    error      text
) strict, without rowid;

create table episode (
    id         text    primary key,
    kind       text    not null,
    region     text    not null,
    rule       text    not null,
    first_day  text    not null,
    ordinal    integer not null,
    state      text    not null check (state in ('open', 'lifted', 'expired')),
    unique (kind, region, first_day, ordinal)
) strict, without rowid;
create unique index one_open_episode on episode (kind, region) where state = 'open';
create table revision (
    episode    text    not null references episode (id),
    number     integer not null,
    action     text    not null,
    decided_at integer not null,
    spans      text    not null,
    reason     text    not null,
    primary key (episode, number)
) strict, without rowid;
create trigger revision_is_never_changed before update on revision
begin select raise(abort, 'a revision is never changed'); end;
create trigger revision_is_never_deleted before delete on revision
begin select raise(abort, 'a revision is never deleted'); end;

create table notice (
    key        text    primary key,
    episode    text    not null,
    revision   integer not null,
    purpose    text    not null,
    audience   text    not null,
    recipient  text    not null,
    name       text    not null,
    made_at    integer not null,
    expires_at integer not null,
    foreign key (episode, revision) references revision (episode, number)
) strict, without rowid;
create index notice_by_episode on notice (episode, revision);

create table outbox (
    id          integer primary key,
    key         text    not null unique,
    notice      text    not null references notice (key),
    purpose     text    not null,
    form        text    not null,
    channel     text    not null,
    address     text    not null,
    subject     text    not null,
    body        text    not null,
    priority    integer not null,
    state       text    not null check (state in
        ('queued', 'leased', 'sending', 'accepted', 'delivered', 'failed', 'dead', 'unknown', 'expired')),
    attempt     integer not null default 0,
    not_before  integer not null,
    expires_at  integer not null,
    unique (notice, purpose, address, channel)
) strict;
create index outbox_waiting on outbox (priority, id) where state = 'queued';
create index outbox_in_hand on outbox (state) where state in ('leased', 'sending');
create table transition (
    outbox     integer not null references outbox (id),
    number     integer not null,
    at         integer not null,
    state      text    not null,
    attempt    integer not null,
    reason     text    not null,
    primary key (outbox, number)
) strict, without rowid;
create table receipt (
    outbox      integer not null references outbox (id),
    attempt     integer not null,
    at          integer not null,
    state       text    not null,
    provider_id text    not null,
    words       text    not null,
    primary key (outbox, attempt, state)
) strict, without rowid;

create table ledger (
    number  integer primary key autoincrement,
    at      integer not null,
    actor   text    not null,
    event   text    not null,
    subject text    not null,
    detail  text    not null
) strict;
create trigger ledger_is_never_changed before update on ledger
begin select raise(abort, 'the ledger is never changed'); end;
create trigger ledger_is_never_deleted before delete on ledger
begin select raise(abort, 'the ledger is never deleted'); end;

create table run (
    job         text    not null,
    due_at      integer not null,
    state       text    not null check (state in ('running', 'done', 'failed', 'skipped')),
    started_at  integer not null,
    finished_at integer,
    reason      text    not null default '',
    primary key (job, due_at)
) strict, without rowid;
