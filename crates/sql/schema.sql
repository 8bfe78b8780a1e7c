-- The schema as it is. Made from the migrations by a test (crates/sql/src/tests.rs), which fails where the two differ:
-- CUOFENG_WRITE=1 cargo test -p cuofeng-sql schema_sql

CREATE TABLE alarm_named (
    kind    text    not null,
    episode text    not null,
    about   text    not null,
    at      integer not null,
    primary key (kind, episode, about)
) strict, without rowid;

CREATE TABLE anew (
    region text    primary key,
    number integer not null                     -- of the correction, rising
) strict, without rowid;

CREATE TABLE answer (
    id      integer primary key,
    notice  text    not null references notice (key),
    at      integer not null,
    said    text    not null check (said in ('known', 'done', 'unable')),
    reason  text    not null,
    via     text    not null check (via in ('link', 'reply', 'staff')),
    by      text    not null
) strict;

CREATE TABLE backup (
    id    integer primary key,
    at    integer not null,
    place text    not null,                 -- the folder
    file  text    not null,
    size  integer not null,
    why   text    not null check (why in ('asked', 'nightly', 'upgrade')),
    error text    not null                  -- empty where it was proved
) strict;

CREATE TABLE basis (
    episode text    not null,
    number  integer not null,                   -- of the revision
    run     integer not null,
    anew_at integer,
    primary key (episode, number, run)
) strict, without rowid;

CREATE TABLE begun (
    channel  text    not null,
    minute   integer not null,
    messages integer not null,
    primary key (channel, minute)
) strict, without rowid;

CREATE TABLE bulletin_line (
    id         integer primary key,
    feed       text    not null,
    region     text    not null,
    source     text    not null,
    issued_at  integer,
    line       text    not null,
    understood text,
    why        text    not null,
    seen_at    integer not null,
    state      text    not null default 'waiting' check (state in ('waiting', 'confirmed', 'dropped')),
    settled_by text,
    settled_at integer,
    unique (feed, region, issued_at, line)
) strict;

CREATE TABLE channel_pause (
    id        integer primary key,
    channel   text    not null,
    since     integer not null,
    by        text    not null,             -- cuofeng, or a member of staff
    reason    text    not null,
    try_at    integer,
    lifted_at integer,
    lifted_by text
, slow integer not null default 0) strict;

CREATE TABLE draft_hold (
    episode text    not null,
    number  integer not null,
    at      integer not null,
    by      text    not null,
    reason  text    not null,
    primary key (episode, number),
    foreign key (episode, number) references revision (episode, number)
) strict, without rowid;

CREATE TABLE draft_part (
    notice     text    not null references notice (key),
    form       text    not null,
    address    text    not null,
    subject    text    not null,
    body       text    not null,
    not_before integer not null, by_hand integer not null default 0, places text not null default '',
    primary key (notice, form, address)
) strict, without rowid;

CREATE TABLE draft_wording (
    episode  text    not null,
    number   integer not null,
    template text    not null,
    digest   text    not null,
    primary key (episode, number, template),
    foreign key (episode, number) references revision (episode, number)
) strict, without rowid;

CREATE TABLE enclosure (
    notice     text    not null references notice (key),
    place      integer not null,
    name       text    not null,
    plain_name text    not null,
    kind       text    not null,
    bytes      blob    not null,
    primary key (notice, place)
) strict, without rowid;

CREATE TABLE episode (
    id         text    primary key,
    kind       text    not null,
    region     text    not null,
    rule       text    not null,
    first_day  text    not null,
    ordinal    integer not null,
    state      text    not null check (state in ('open', 'lifted', 'expired')), rule_set integer not null default 0, mode text not null default 'live' check (mode in ('live', 'exercise')), identity text not null default '',
    unique (kind, region, first_day, ordinal)
) strict, without rowid;

CREATE TABLE escalation (
    notice  text    not null references notice (key),
    rung    text    not null check (rung in ('reminder', 'backup', 'grid', 'cadre', 'phone')),
    at      integer not null,
    reason  text    not null,
    primary key (notice, rung)
) strict, without rowid;

CREATE TABLE feed_state (
    feed       text    primary key,
    pulled_at  integer not null,
    error      text
, succeeded_at integer, not_before integer not null default 0, memory text not null default '{}', attributions text not null default '[]') strict, without rowid;

CREATE TABLE fire (
    feed       text    not null,
    at         integer not null,
    latitude   integer not null,            -- millionths of a degree
    longitude  integer not null,
    satellite  text    not null,
    confidence text    not null check (confidence in ('low', 'nominal', 'high')),
    power      integer,                     -- thousandths of a megawatt
    primary key (at, latitude, longitude, satellite)
) strict, without rowid;

CREATE TABLE "forecast_run" (
    id            integer primary key,
    feed          text    not null,             -- empty where a person entered it
    region        text    not null,
    issued_at     integer not null,
    part          integer not null default 0,   -- 0 as pulled, -1 the weather alone; else the line that a person confirmed, or the day that one entered
    version       integer not null default 1,
    pulled_at     integer not null,             -- when it was received
    archive       integer not null default 0,
    days          text    not null default '[]',
    packed        blob    not null,
    digest        text    not null default '',  -- of what it says; empty of runs from before there were versions
    given         integer not null default 1,   -- whether the feed last gave this for the issue time
    made_by       text    not null default '',  -- the person it is by; empty where the feed brought it
    source        text    not null default '',  -- where that person has it from, or why the version before was changed
    ended_at      integer,                      -- since when it is out of force
    withdrawn_at  integer,                      -- when a person took it, or an hour of it, out of force
    withdrawn_by  text    not null default '',
    withdrawn_for text    not null default '',
    unique (feed, region, issued_at, part, version)
) strict;

CREATE TABLE gist (
    notice  text not null primary key references notice (key),
    title   text not null,
    periods text not null,
    asks    text not null,
    reply   text not null,
    link    text not null
) strict, without rowid;

CREATE TABLE good_file (
    path    text primary key,                   -- below the site's folder
    bytes   blob not null,
    read_at integer not null
) strict, without rowid;

CREATE TABLE handing (
    id       integer primary key,
    outbox   integer not null references outbox (id),
    how      text    not null check (how in ('forwarded', 'played', 'handed', 'failed')),
    at       integer not null,
    by       text    not null,
    note     text    not null,
    noted_at integer not null
) strict;

CREATE TABLE held_back (
    id     integer primary key,
    rule   text    not null,
    region text    not null,
    at     integer not null,
    reason text    not null,
    spans  text    not null
) strict;

CREATE TABLE hold (
    id        integer primary key,
    since     integer not null,
    by        text    not null,
    reason    text    not null,
    lifted_at integer,
    lifted_by text
, why text not null default ''
    check (why in ('', 'restored', 'forgotten', 'foreign', 'copied')), judged_at integer, settled text not null default '' check (settled in ('', 'moved', 'copied'))) strict;

CREATE TABLE identity (
    only     integer primary key check (only = 1),
    identity text    not null,
    since    integer not null,
    marks    text    not null
) strict;

CREATE TABLE last_refused (
    channel text    primary key,
    outbox  integer not null references outbox (id),
    words   text    not null
) strict, without rowid;

CREATE TABLE ledger (
    number  integer primary key autoincrement,
    at      integer not null,
    actor   text    not null,
    event   text    not null,
    subject text    not null,
    detail  text    not null
) strict;

CREATE TABLE letter_text (
    outbox  integer primary key references outbox (id),
    subject text    not null,
    body    text    not null
, places text not null default '') strict;

CREATE TABLE lost (
    letters integer not null,
    looked  integer not null
) strict;

CREATE TABLE mailbox (
    name         text    primary key,
    read_at      integer,
    failed_since integer,
    said         text    not null default ''
) strict, without rowid;

CREATE TABLE mailbox_seen (
    mailbox text not null,
    mark    text not null,
    primary key (mailbox, mark)
) strict, without rowid;

CREATE TABLE mark (
    only   integer primary key check (only = 1),
    number integer not null,
    at     integer not null
) strict;

CREATE TABLE merged_text (
    outbox  integer not null references outbox (id),
    attempt integer not null,
    subject text    not null,
    body    text    not null, places text not null default '',
    primary key (outbox, attempt)
) strict, without rowid;

CREATE TABLE mode (
    id     integer primary key,
    mode   text    not null check (mode in ('live', 'exercise', 'dry-run')),
    since  integer not null,
    by     text    not null,
    reason text    not null
) strict;

CREATE TABLE notice (
    key        text    primary key,
    episode    text    not null,
    revision   integer not null,
    purpose    text    not null,
    audience   text    not null,
    recipient  text    not null,
    name       text    not null,
    made_at    integer not null,
    expires_at integer not null, ask_hours integer, about text references notice (key),
    foreign key (episode, revision) references revision (episode, number)
) strict, without rowid;

CREATE TABLE observation (
    region text    not null,
    feed   text    not null,
    day    integer not null,                -- days since 1970-01-01
    packed blob    not null,
    unique (region, day, feed)
) strict;

CREATE TABLE official_order (
    id         integer primary key,
    region     text    not null,
    subject    text    not null,
    code       text,
    tier       text    not null check (tier in ('blue', 'yellow', 'orange', 'red')),
    starts_at  integer not null,
    ends_at    integer not null check (ends_at > starts_at),
    issuer     text    not null,
    document   text    not null,
    issued_at  integer not null,
    feed       text,
    alert      text,
    entered_by text,
    entered_at integer not null,
    lifted_at  integer,
    lifted_by  text, details text not null default '{}', relayed_at integer, relayed_by text,
    unique (feed, alert, region),
    check ((feed is null) <> (entered_by is null))
) strict;

CREATE TABLE outbox (
    id          integer primary key,
    key         text    not null unique,
    notice      text    not null references notice (key),
    purpose     text    not null,
    form        text    not null,
    channel     text    not null,
    address     text    not null,
    priority    integer not null,
    state       text    not null check (state in
        ('queued', 'leased', 'sending', 'accepted', 'delivered', 'failed', 'dead', 'unknown', 'expired')),
    attempt     integer not null default 0,
    not_before  integer not null,
    expires_at  integer not null, mode text not null default 'live' check (mode in ('live', 'exercise')), lease text not null default '', leased_until integer not null default 0, tries integer not null default 0, ask_at integer, asked integer not null default 0, carried_by integer references outbox (id), refused_at integer, refused_alone integer not null default 0,
    unique (notice, purpose, address, channel)
) strict;

CREATE TABLE plan (
    episode    text    not null,
    revision   integer not null,
    plan       text    not null,
    primary key (episode, revision),
    foreign key (episode, revision) references revision (episode, number)
) strict, without rowid;

CREATE TABLE plan_joined (
    id       integer primary key,
    episode  text    not null,
    revision integer not null,
    at       integer not null,
    plan     text    not null,
    foreign key (episode, revision) references revision (episode, number)
) strict;

CREATE TABLE play_report (
    letter     text    not null references outbox (key),
    attempt    integer not null,
    step       text    not null check (step in ('accepted', 'playing', 'played', 'failed')),
    came_at    integer not null,
    said_at    integer,                     -- by the loudspeaker's own clock
    seconds    integer,
    reason     text    not null,
    matched_at integer,
    primary key (letter, attempt, step)
) strict, without rowid;

CREATE TABLE process_word (
    id          integer primary key,
    process     text    not null,
    said        text    not null check (said in ('on', 'off', 'cannot')),
    starts      integer,
    ends        integer,
    reason      text    not null,
    by          text    not null,
    at          integer not null,
    released_at integer,
    released_by text, until integer,
    check ((said = 'cannot') = (starts is null)),
    check ((starts is null) = (ends is null))
) strict;

CREATE TABLE receipt (
    outbox      integer not null references outbox (id),
    attempt     integer not null,
    at          integer not null,
    state       text    not null,
    provider_id text    not null,
    words       text    not null,
    primary key (outbox, attempt, state)
) strict, without rowid;

CREATE TABLE release (
    episode text    not null,
    number  integer not null,
    outcome text    not null check (outcome in ('released', 'rejected', 'replaced', 'dropped')),
    at      integer not null,
    by      text    not null,
    reason  text    not null,
    primary key (episode, number),
    foreign key (episode, number) references revision (episode, number)
) strict, without rowid;

CREATE TABLE removed (
    episode   text    not null references episode (id),
    audience  text    not null,
    recipient text    not null,
    name      text    not null,
    at        integer not null,
    primary key (episode, audience, recipient)
) strict, without rowid;

CREATE TABLE reply (
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

CREATE TABLE reserve (
    notice  text    not null references notice (key),
    place   integer not null,
    backup  integer not null,           -- to the backup contact
    form    text    not null,
    address text    not null,
    subject text    not null,
    body    text    not null, places text not null default '',
    primary key (notice, place)
) strict, without rowid;

CREATE TABLE revision (
    episode    text    not null references episode (id),
    number     integer not null,
    action     text    not null,
    decided_at integer not null,
    spans      text    not null,
    reason     text    not null, waits integer not null default 0, made_by text not null default 'cuofeng', deadline integer, at_deadline text check (at_deadline in ('release', 'drop')),
    primary key (episode, number)
) strict, without rowid;

CREATE TABLE revision_content (
    episode text    not null,
    number  integer not null,
    content text    not null,
    primary key (episode, number),
    foreign key (episode, number) references revision (episode, number)
) strict, without rowid;

CREATE TABLE revision_group (
    episode text    not null,
    number  integer not null,
    words   text    not null,
    primary key (episode, number),
    foreign key (episode, number) references revision (episode, number)
) strict, without rowid;

CREATE TABLE revision_put (
    episode text    not null,
    number  integer not null,
    place   integer not null,
    stood   text    not null,
    put     text    not null,
    primary key (episode, number, place),
    foreign key (episode, number) references revision (episode, number)
) strict, without rowid;

CREATE TABLE rule_set (
    number      integer primary key,
    texts       text    not null,
    proposed_at integer not null,
    proposed_by text    not null,
    accepted_at integer,
    accepted_by text
) strict;

CREATE TABLE "run" (
    job         text    not null,
    due_at      integer not null,
    state       text    not null check (state in ('due', 'running', 'done', 'failed', 'skipped')),
    started_at  integer not null,
    finished_at integer,
    reason      text    not null default '',
    primary key (job, due_at)
) strict, without rowid;

CREATE TABLE run_settled (
    job   text    not null,
    since integer not null,
    until integer not null,
    primary key (job, since)
) strict, without rowid;

CREATE TABLE sms_report (
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

CREATE TABLE sqlite_sequence(name,seq);

CREATE TABLE told_again (
    episode text    primary key references episode (id),
    at      integer not null,
    by      text    not null,
    reason  text    not null
) strict, without rowid;

CREATE TABLE track (
    notice     text    not null references notice (key),
    form       text    not null,
    settled    text,
    settled_at integer,
    primary key (notice, form)
) strict, without rowid;

CREATE TABLE transition (
    outbox     integer not null references outbox (id),
    number     integer not null,
    at         integer not null,
    state      text    not null,
    attempt    integer not null,
    reason     text    not null,
    primary key (outbox, number)
) strict, without rowid;

CREATE TABLE unable (
    answer     integer primary key references answer (id),
    granted    integer not null check (granted in (0, 1)),
    at         integer not null,
    by         text    not null,
    reason     text    not null
) strict;

CREATE TABLE wording (
    digest      text    primary key,
    template    text    not null,
    approved_at integer not null,
    approved_by text    not null
) strict, without rowid;

CREATE INDEX answer_by_notice on answer (notice);

CREATE INDEX answer_unable on answer (id) where said = 'unable';

CREATE INDEX backup_of_place on backup (place, at);

CREATE INDEX basis_of_run on basis (run);

CREATE INDEX channel_slow on channel_pause (channel) where slow = 1;

CREATE INDEX episode_open on episode (kind, region) where state = 'open';

CREATE INDEX forecast_run_in_force on forecast_run (region, issued_at) where ended_at is null;

CREATE INDEX handing_by_letter on handing (outbox);

CREATE INDEX held_back_by_rule on held_back (rule, region, id);

CREATE INDEX notice_about on notice (about) where about is not null;

CREATE INDEX notice_by_end on notice (expires_at);

CREATE INDEX notice_by_episode on notice (episode, revision);

CREATE INDEX notice_to on notice (episode, audience, recipient, revision);

CREATE UNIQUE INDEX one_hold on hold (coalesce(lifted_at, 0)) where lifted_at is null;

CREATE UNIQUE INDEX one_open_episode on episode (mode, kind, region) where state = 'open';

CREATE UNIQUE INDEX one_pause on channel_pause (channel) where lifted_at is null;

CREATE INDEX outbox_carried on outbox (carried_by) where carried_by is not null;

CREATE INDEX outbox_ending on outbox (expires_at) where state = 'queued';

CREATE INDEX outbox_in_hand on outbox (state) where state in ('leased', 'sending');

CREATE INDEX outbox_to_ask on outbox (ask_at) where ask_at is not null;

CREATE INDEX outbox_to_hear on outbox (channel, state, expires_at)
    where state in ('accepted', 'unknown') and channel not in ('email', 'folder', 'by_hand');

CREATE INDEX outbox_to_one on outbox (address, expires_at);

CREATE INDEX outbox_unknown on outbox (id) where state = 'unknown';

CREATE INDEX outbox_waiting on outbox (channel, priority, not_before, id) where state = 'queued';

CREATE INDEX plan_joined_by_episode on plan_joined (episode, revision);

CREATE INDEX play_report_open on play_report (came_at) where matched_at is null;

CREATE INDEX process_word_in_force on process_word (process) where released_at is null;

CREATE INDEX receipt_by_provider on receipt (provider_id) where provider_id <> '';

CREATE INDEX removed_by_time on removed (at);

CREATE INDEX reply_waiting on reply (number) where settled_at is null;

CREATE INDEX revision_waiting on revision (episode, number) where waits = 1;

CREATE INDEX run_open on run (job) where state in ('due', 'running');

CREATE INDEX sms_report_open on sms_report (came_at) where matched_at is null;

CREATE INDEX track_exhausted on track (notice) where settled = 'exhausted';

CREATE INDEX track_open on track (notice) where settled is null;

CREATE TRIGGER answer_is_never_changed before update on answer
begin select raise(abort, 'an answer is never changed'); end;

CREATE TRIGGER answer_is_never_deleted before delete on answer
begin select raise(abort, 'an answer is never deleted'); end;

CREATE TRIGGER enclosure_is_never_changed before update on enclosure
begin select raise(abort, 'an enclosure is never changed'); end;

CREATE TRIGGER handing_is_never_changed before update on handing
begin select raise(abort, 'what was passed on by hand is never changed'); end;

CREATE TRIGGER handing_is_never_deleted before delete on handing
begin select raise(abort, 'what was passed on by hand is never deleted'); end;

CREATE TRIGGER ledger_is_never_changed before update on ledger
begin select raise(abort, 'the ledger is never changed'); end;

CREATE TRIGGER ledger_is_never_deleted before delete on ledger
begin select raise(abort, 'the ledger is never deleted'); end;

CREATE TRIGGER letter_lost after update of state on outbox
when new.state in ('failed', 'dead', 'unknown', 'expired') and new.state <> old.state
begin update lost set letters = letters + 1; end;

CREATE TRIGGER letter_lost_from_the_start after insert on outbox
when new.state in ('failed', 'dead', 'unknown', 'expired')
begin update lost set letters = letters + 1; end;

CREATE TRIGGER letter_text_is_never_changed before update on letter_text
begin select raise(abort, 'the words of a letter are never changed'); end;

CREATE TRIGGER merged_text_is_never_changed before update on merged_text
begin select raise(abort, 'the words of a message are never changed'); end;

CREATE TRIGGER plan_is_never_changed before update on plan
begin select raise(abort, 'a plan is never changed'); end;

CREATE TRIGGER plan_is_never_deleted before delete on plan
begin select raise(abort, 'a plan is never deleted'); end;

CREATE TRIGGER release_is_never_changed before update on release
begin select raise(abort, 'a release is never changed'); end;

CREATE TRIGGER release_is_never_deleted before delete on release
begin select raise(abort, 'a release is never deleted'); end;

CREATE TRIGGER revision_content_is_never_changed before update on revision_content
begin select raise(abort, 'what a revision says is never changed'); end;

CREATE TRIGGER revision_group_is_never_changed before update on revision_group
begin select raise(abort, 'what a revision says is never changed'); end;

CREATE TRIGGER revision_is_never_changed before update on revision
begin select raise(abort, 'a revision is never changed'); end;

CREATE TRIGGER revision_is_never_deleted before delete on revision
begin select raise(abort, 'a revision is never deleted'); end;

CREATE TRIGGER rule_set_in_force_is_never_changed before update on rule_set when old.accepted_at is not null
begin select raise(abort, 'a set of rules that was in force is never changed'); end;

CREATE TRIGGER rule_set_in_force_is_never_deleted before delete on rule_set when old.accepted_at is not null
begin select raise(abort, 'a set of rules that was in force is never deleted'); end;

CREATE TRIGGER unable_is_never_changed before update on unable
begin select raise(abort, 'a decision on an answer is never changed'); end;

CREATE TRIGGER unable_is_never_deleted before delete on unable
begin select raise(abort, 'a decision on an answer is never deleted'); end;
