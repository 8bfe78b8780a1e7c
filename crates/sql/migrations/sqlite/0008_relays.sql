-- What an order asks for beside its tier (JSON: measures, clock hours, addressees, deadline, document), and who has it
-- passed on without a rule.
alter table official_order add column details text not null default '{}';
alter table official_order add column relayed_at integer;
alter table official_order add column relayed_by text;
