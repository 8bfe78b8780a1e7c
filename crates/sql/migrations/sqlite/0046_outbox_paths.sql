-- How a turn of the outbox finds what it needs: by one path each, whose length does not grow with what waits or has left.
-- Letters to one address that are of use: those that may go in one message, those that a limit counts, those that a
-- report or a reply may mean.
drop index outbox_to_one;
drop index outbox_by_address;
create index outbox_to_one on outbox (address, expires_at);
-- What one recipient was told in an episode.
create index notice_to on notice (episode, audience, recipient, revision);
-- Letters that a far side has and may still say something of.
create index outbox_to_hear on outbox (channel, state, expires_at)
    where state in ('accepted', 'unknown') and channel not in ('email', 'folder', 'by_hand');
create index track_exhausted on track (notice) where settled = 'exhausted';
-- How many messages a channel began in each minute since 1970: what the limits of a whole channel count.
drop index transition_begun;
create table begun (
    channel  text    not null,
    minute   integer not null,
    messages integer not null,
    primary key (channel, minute)
) strict, without rowid;
insert into begun (channel, minute, messages)
    select o.channel, t.at / 60, count(*) from transition t join outbox o on o.id = t.outbox
    where t.state = 'sending' and o.carried_by is null group by 1, 2;
-- The same for what is looked at before and after each turn.
create index episode_open on episode (kind, region) where state = 'open';
create index revision_waiting on revision (episode, number) where waits = 1;
create index answer_unable on answer (id) where said = 'unable';
