-- A run's columns in one value: reading and keeping thousands of runs a pull must take no thousands of rows each.
-- packed: for each variable its number (1 byte), first hour (8, big-endian), count (4, big-endian), then count
-- little-endian i32 thousandths.
create table forecast_packed (
    id         integer primary key,
    feed       text    not null,
    region     text    not null,
    issued_at  integer not null,
    part       integer not null default 0,  -- 0 as pulled; else the bulletin line that a person confirmed
    pulled_at  integer not null,
    archive    integer not null default 0,
    days       text    not null default '[]',
    packed     blob    not null,
    unique (feed, region, issued_at, part)
) strict;
insert into forecast_packed (id, feed, region, issued_at, pulled_at, packed)
    select r.id, r.feed, r.region, r.issued_at, r.pulled_at, coalesce((
        select unhex(group_concat(
            printf('%02x%016x%08x',
                case s.variable
                    when 'pm25' then 0 when 'pm10' then 1 when 'so2' then 2 when 'no2' then 3 when 'co' then 4
                    when 'o3' then 5 when 'temperature' then 6 when 'humidity' then 7 when 'wind' then 8
                    when 'wind_direction' then 9 when 'precipitation' then 10 when 'radiation' then 11
                    else 12 end,
                s.first_hour, length(s.milli) / 4) || hex(s.milli), ''))
        from forecast_series s where s.run = r.id), x'')
    from forecast_run r;
drop table forecast_series;
drop table forecast_run;
alter table forecast_packed rename to forecast_run;
create index forecast_run_by_issue on forecast_run (region, issued_at);

-- Measured values, 24 hours from midnight UTC a row.
create table observation (
    region text    not null,
    feed   text    not null,
    day    integer not null,                -- days since 1970-01-01
    packed blob    not null,
    unique (region, day, feed)
) strict;

alter table feed_state add column succeeded_at integer;
alter table feed_state add column not_before integer not null default 0;
alter table feed_state add column memory text not null default '{}';
alter table feed_state add column attributions text not null default '[]';
update feed_state set succeeded_at = pulled_at where error is null;

create table fire (
    feed       text    not null,
    at         integer not null,
    latitude   integer not null,            -- millionths of a degree
    longitude  integer not null,
    satellite  text    not null,
    confidence text    not null check (confidence in ('low', 'nominal', 'high')),
    power      integer,                     -- thousandths of a megawatt
    primary key (at, latitude, longitude, satellite)
) strict, without rowid;

create table official_order (
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
    lifted_by  text,
    unique (feed, alert, region),
    check ((feed is null) <> (entered_by is null))
) strict;

-- Lines of bulletins that a person has to confirm.
create table bulletin_line (
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
