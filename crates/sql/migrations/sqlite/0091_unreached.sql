-- Whom no letter reached is looked for among what may still matter, not among all that ever was.
create index notice_by_end on notice (expires_at);
create index outbox_lost on outbox (expires_at) where state in ('failed', 'dead', 'unknown', 'expired');
