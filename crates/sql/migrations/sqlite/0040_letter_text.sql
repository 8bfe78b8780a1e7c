-- The words of a letter never change; its row in the outbox does at every step and stays small for that.
create table letter_text (
    outbox  integer primary key references outbox (id),
    subject text    not null,
    body    text    not null
) strict;
insert into letter_text (outbox, subject, body) select id, subject, body from outbox;
alter table outbox drop column subject;
alter table outbox drop column body;
create trigger letter_text_is_never_changed before update on letter_text
begin select raise(abort, 'the words of a letter are never changed'); end;
