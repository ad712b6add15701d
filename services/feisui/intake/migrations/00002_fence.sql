-- A fence behind what is read of workbooks, as it stands behind the lists of the ledger
-- (services/ledger/keep/migrations/00002_fence.sql): who reads as feisui_reader sees those of
-- the county that this transaction said, where its scope is the whole of it, and none before
-- it said one.

-- +goose Up

-- Roles belong to the whole cluster, and the ledger may have made it.
-- +goose StatementBegin
do $$
begin
	if not exists (select from pg_roles where rolname = 'feisui_reader') then
		create role feisui_reader nologin;
	end if;
exception
	when duplicate_object or unique_violation then null;
end
$$;
-- +goose StatementEnd
-- +goose StatementBegin
do $$
begin
	if not pg_has_role('feisui_app', 'feisui_reader', 'member') then
		grant feisui_reader to feisui_app;
	end if;
exception
	-- The same grant at the same moment, from another database.
	when unique_violation then null;
	when others then
		if sqlerrm not like 'tuple concurrently updated' then raise; end if;
end
$$;
-- +goose StatementEnd

grant usage on schema intake to feisui_reader;
grant select on intake.workbook, intake.file, intake.alone to feisui_reader;

-- The county that was said, null where none was, or not the whole of it.
create function intake.county() returns text language sql stable as $$
	select case when (said ->> 'all')::boolean then said ->> 'county' end
	from (select nullif(current_setting('feisui.scope', true), '')::jsonb) s (said)
$$;

alter table intake.workbook enable row level security;
alter table intake.file     enable row level security;
alter table intake.alone    enable row level security;

-- Services keep them, all of them.
create policy service on intake.workbook to feisui_app using (true) with check (true);
create policy service on intake.file     to feisui_app using (true) with check (true);
create policy service on intake.alone    to feisui_app using (true) with check (true);

create policy of_county on intake.workbook for select to feisui_reader using (county = (select intake.county()));
create policy of_county on intake.file     for select to feisui_reader using (county = (select intake.county()));
create policy of_county on intake.alone    for select to feisui_reader using (county = (select intake.county()));
