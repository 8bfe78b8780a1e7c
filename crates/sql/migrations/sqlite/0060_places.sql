-- The place of a letter's code stands beside its words, as bytes of the words before it and whose code it is: no character
-- among the words stands for it any more. Until now U+E000 did, and words from outside could hold one.
drop trigger letter_text_is_never_changed;
drop trigger merged_text_is_never_changed;
alter table letter_text add column places text not null default '';
alter table merged_text add column places text not null default '';
alter table draft_part  add column places text not null default '';
alter table reserve     add column places text not null default '';

-- Of words on record the program put the last such character that ends the address of a page, for its templates write the
-- link behind what they pass on; every other one is dropped. U+F8FF marks it for the length of this migration.
update letter_text set subject = replace(subject, char(57344), '') where instr(subject, char(57344));
update letter_text set places = '?', body = replace(replace(replace(body, char(63743), ''),
        '/n/' || char(57344), '/n/' || char(63743)), char(57344), '')
    where instr(body, char(57344));
update letter_text set body = replace(body, char(63743), ''),
        places = case when instr(body, char(63743)) then '[[' || length(cast(replace(
            rtrim(body, replace(body, char(63743), '')), char(63743), '') as blob)) || ',0]]' else '' end
    where places = '?';

update draft_part set subject = replace(subject, char(57344), '') where instr(subject, char(57344));
update draft_part set places = '?', body = replace(replace(replace(body, char(63743), ''),
        '/n/' || char(57344), '/n/' || char(63743)), char(57344), '')
    where instr(body, char(57344));
update draft_part set body = replace(body, char(63743), ''),
        places = case when instr(body, char(63743)) then '[[' || length(cast(replace(
            rtrim(body, replace(body, char(63743), '')), char(63743), '') as blob)) || ',0]]' else '' end
    where places = '?';

update reserve set subject = replace(subject, char(57344), '') where instr(subject, char(57344));
update reserve set places = '?', body = replace(replace(replace(body, char(63743), ''),
        '/n/' || char(57344), '/n/' || char(63743)), char(57344), '')
    where instr(body, char(57344));
update reserve set body = replace(body, char(63743), ''),
        places = case when instr(body, char(63743)) then '[[' || length(cast(replace(
            rtrim(body, replace(body, char(63743), '')), char(63743), '') as blob)) || ',0]]' else '' end
    where places = '?';

-- Messages that carried several letters have left; they are read only, and need no code any more.
update merged_text set subject = replace(subject, char(57344), ''),
        body = replace(replace(replace(body, char(57344), ''), char(57345), ''), char(57346), '')
    where instr(subject || body, char(57344)) or instr(body, char(57345)) or instr(body, char(57346));

-- The code follows the link by itself.
update gist set title = replace(title, char(57344), ''), periods = replace(periods, char(57344), ''),
        asks = replace(asks, char(57344), ''), link = replace(link, char(57344), '')
    where instr(title || periods || asks || link, char(57344));

create trigger letter_text_is_never_changed before update on letter_text
begin select raise(abort, 'the words of a letter are never changed'); end;
create trigger merged_text_is_never_changed before update on merged_text
begin select raise(abort, 'the words of a message are never changed'); end;
