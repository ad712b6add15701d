-- A fence behind the lists: who reads as feisui_reader sees the rows within the
-- scope that this transaction said, and none before it said one. It says so with
-- set_config('feisui.scope', …, true), which ends with the transaction.

-- +goose Up

-- +goose StatementBegin
do $$
begin
	if not exists (select from pg_roles where rolname = 'feisui_reader') then
		create role feisui_reader nologin;
	end if;
exception
	-- Roles belong to the whole cluster: another database may have made it, even now.
	when duplicate_object or unique_violation then null;
end
$$;
-- +goose StatementEnd

-- Services become it for a list.
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

grant usage on schema ledger to feisui_reader;
grant select on ledger.book, ledger.account, ledger.task, ledger.flag to feisui_reader;

-- What was said: county, all, departments, streets, communities. A setting that
-- ended with its transaction is empty on that connection, and not null.
create function ledger.scope() returns jsonb language sql stable as $$
	select nullif(current_setting('feisui.scope', true), '')::jsonb
$$;

alter table ledger.book    enable row level security;
alter table ledger.account enable row level security;
alter table ledger.task    enable row level security;
alter table ledger.payment enable row level security;
alter table ledger.flag    enable row level security;
alter table ledger.kept    enable row level security;

-- Services keep the book, all of it.
create policy service on ledger.book    to feisui_app using (true) with check (true);
create policy service on ledger.account to feisui_app using (true) with check (true);
create policy service on ledger.task    to feisui_app using (true) with check (true);
create policy service on ledger.payment to feisui_app using (true) with check (true);
create policy service on ledger.flag    to feisui_app using (true) with check (true);
create policy service on ledger.kept    to feisui_app using (true) with check (true);

-- Each scope is read once a statement: what is in brackets with select does not
-- depend on the row.
create policy scoped on ledger.book for select to feisui_reader using (
	county = (select ledger.scope() ->> 'county')
);

create policy scoped on ledger.task for select to feisui_reader using (
	county = (select ledger.scope() ->> 'county') and (
		(select (ledger.scope() ->> 'all')::boolean)
		or (select ledger.scope() -> 'departments') ? department
		or (select ledger.scope() -> 'streets') ? street
		or (select ledger.scope() -> 'communities') ? account
	)
);

create policy scoped on ledger.flag for select to feisui_reader using (
	county = (select ledger.scope() ->> 'county') and (
		(select (ledger.scope() ->> 'all')::boolean)
		or (select ledger.scope() -> 'departments') ? responsible
		or (select ledger.scope() -> 'streets') ?| array[street, account, responsible]
		or (select ledger.scope() -> 'communities') ? account
	)
);

create policy scoped on ledger.account for select to feisui_reader using (
	county = (select ledger.scope() ->> 'county') and (
		(select (ledger.scope() ->> 'all')::boolean)
		or (select ledger.scope() -> 'streets') ?| array[street, account]
		or (select ledger.scope() -> 'communities') ? account
	)
);
