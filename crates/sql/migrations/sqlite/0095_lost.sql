-- How many letters have failed, been given up, ended or become unknown so far, and how many there were when it was last
-- looked at who was reached by none. A drain after which there are no more of them need not look again.
create table lost (
    letters integer not null,
    looked  integer not null
) strict;
insert into lost (letters, looked) values (0, -1);
create trigger letter_lost after update of state on outbox
when new.state in ('failed', 'dead', 'unknown', 'expired') and new.state <> old.state
begin update lost set letters = letters + 1; end;
create trigger letter_lost_from_the_start after insert on outbox
when new.state in ('failed', 'dead', 'unknown', 'expired')
begin update lost set letters = letters + 1; end;
-- Nothing asks any more for those that matter by themselves.
drop index outbox_lost;
create index channel_slow on channel_pause (channel) where slow = 1;
