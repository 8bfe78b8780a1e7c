-- Why the program itself holds everything: what the database says is not all that has left. Empty where a person does.
alter table hold add column why text not null default ''
    check (why in ('', 'restored', 'forgotten', 'foreign', 'copied'));
-- When a decision was made for every rule since: from then on nothing is new that was told in the part that is missing.
alter table hold add column judged_at integer;
