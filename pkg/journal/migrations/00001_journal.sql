-- The journal: one per county, append-only. What it promises is in the package's
-- doc.go; here is what keeps it.

-- +goose Up

-- +goose StatementBegin
do $$
begin
	create role feisui_app nologin;
exception
	-- Roles belong to the whole cluster: another database may have made it, even now.
	when duplicate_object or unique_violation then null;
end
$$;
-- +goose StatementEnd

-- Whoever migrates may run services too.
-- +goose StatementBegin
do $$
begin
	if not pg_has_role(current_user, 'feisui_app', 'member') or (select rolsuper from pg_roles where rolname = current_user) then
		execute format('grant feisui_app to %I', current_user);
	end if;
exception
	-- The same grant at the same moment, from another database.
	when unique_violation then null;
	when others then
		if sqlerrm not like 'tuple concurrently updated' then raise; end if;
end
$$;
-- +goose StatementEnd

-- An append locks its county's row and never updates it: dead versions of a row
-- that everybody needs would slow every append while any transaction is open.
create table journal.county (
	county     text        not null primary key check (county ~ '^[a-z0-9][a-z0-9_-]{0,31}$'), -- part of subjects and paths
	name       text        not null check (name <> ''),
	created_at timestamptz not null
);

-- No foreign key to the county: it would be checked for each row, and every
-- append holds the county's row anyway.
create table journal.entry (
	county      text        not null,
	position    bigint      not null check (position > 0),
	stream      text        not null check (stream like '_%/_%'), -- category/id
	version     bigint      not null check (version > 0),
	type        text        not null check (type <> ''),
	id          uuid        not null,
	request     text        not null,
	actor       text        not null,
	kind        text        not null check (kind in ('record', 'act')),
	recorded_at timestamptz not null,
	data        json        not null, -- json, not jsonb: the hash covers these exact bytes
	accounts    text[]      not null,
	prev        bytea       not null check (length(prev) = 32),
	hash        bytea       not null check (length(hash) = 32),
	primary key (county, position),
	unique (county, stream, version) -- a stream never forks
);

-- Nearly every entry can change one account. It is found by this index; those
-- that name more have a row in journal.also for each further one.
create index entry_account on journal.entry (county, (accounts[1]), position);

create table journal.also (
	county   text   not null,
	account  text   not null,
	position bigint not null,
	primary key (county, account, position)
);

-- An accepted request, for ever. It is the positions from first to last; one
-- that needed no event has last = first - 1.
create table journal.request (
	county      text        not null,
	id          text        not null check (octet_length(id) between 1 and 200),
	fingerprint bytea       not null check (length(fingerprint) = 32),
	first       bigint      not null check (first > 0),
	last        bigint      not null check (last >= first - 1),
	recorded_at timestamptz not null,
	answer      bytea       not null,
	seal        bytea       not null check (length(seal) = 32), -- over all columns before it
	primary key (county, id)
);

-- The owner of a table may change it whatever is granted. Not by accident.
-- +goose StatementBegin
create function journal.refuse() returns trigger language plpgsql as $$
begin
	raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end
$$;
-- +goose StatementEnd
create trigger append_only before update or delete or truncate on journal.entry   for each statement execute function journal.refuse();
create trigger append_only before update or delete or truncate on journal.also    for each statement execute function journal.refuse();
create trigger append_only before update or delete or truncate on journal.request for each statement execute function journal.refuse();

-- append adds a batch of requests to a county's journal, or says why not.
--
-- The caller has worked out positions, versions, times and hashes from what it
-- believes; the function looks under the lock whether that is so, and if it is
-- not, writes nothing and says what is. Called again in the same transaction
-- with that, it writes. Read committed, and one statement a step: the snapshot
-- of a statement is taken when it starts, and must not be older than the lock.
--
-- Rows come as few arrays with several elements a row, and are taken apart by
-- index: an unnest of many arrays costs a small batch more than its inserts.
--
-- +goose StatementBegin
create function journal.append(
	in_county text, in_head bigint, in_hash bytea, in_recorded_at timestamptz,
	in_streams text[], in_at bigint[],      -- each stream once, and the version it is believed to be at
	in_ids text[],                          -- the requests that are believed to be new, also those that would be refused
	in_requests text[],                     -- those that are stored
	in_last bigint[], in_sealed bytea[],    -- the last position of each; its fingerprint, answer and seal
	in_events text[],                       -- stream, type, request, actor, kind, data, accounts of each event, in order
	in_versions bigint[], in_event_ids uuid[], in_hashes bytea, -- 32 bytes each
	in_also text[], in_also_position bigint[],
	out done boolean, out head bigint, out hash bytea, out recorded_at timestamptz,
	out moved text[], out moved_to bigint[],
	out seen text[], out seen_fingerprint bytea[], out seen_first bigint[], out seen_last bigint[],
	out seen_recorded_at timestamptz[], out seen_answer bytea[]
) language plpgsql
-- Plan once: planning costs three times what running does, and with few rows in
-- a batch the server would plan for each. The plan is made when the tables may
-- be empty and kept when they are not, so it may use nothing but the keys.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off set enable_hashjoin = off set enable_mergejoin = off
as $$
#variable_conflict use_column
begin
	done := false;
	perform from journal.county c where c.county = in_county for update;
	if not found then
		return;
	end if;
	select e.position, e.hash, e.recorded_at into head, hash, recorded_at
	from journal.entry e where e.county = in_county order by e.position desc limit 1;
	if not found then
		head := 0;
		hash := decode(repeat('00', 32), 'hex');
	end if;

	select array_agg(s.stream), array_agg(s.now) into moved, moved_to
	from (
		select in_streams[i] as stream, in_at[i] as at, coalesce((
			select e.version from journal.entry e
			where e.county = in_county and e.stream = in_streams[i] order by e.version desc limit 1
		), 0) as now
		from generate_series(1, cardinality(in_streams)) i
		offset 0 -- or each version would be looked up twice
	) s
	where s.now <> s.at;

	select array_agg(r.id), array_agg(r.fingerprint), array_agg(r.first), array_agg(r.last), array_agg(r.recorded_at), array_agg(r.answer)
	into seen, seen_fingerprint, seen_first, seen_last, seen_recorded_at, seen_answer
	from generate_series(1, cardinality(in_ids)) i
	cross join lateral (select * from journal.request r where r.county = in_county and r.id = in_ids[i] limit 1) r; -- one look each

	if head <> in_head or hash <> in_hash or moved is not null or seen is not null or recorded_at > in_recorded_at then
		return;
	end if;

	insert into journal.request (county, id, fingerprint, first, last, recorded_at, answer, seal)
	select in_county, in_requests[i], in_sealed[3*i-2], case when i = 1 then in_head else in_last[i-1] end + 1, in_last[i],
		in_recorded_at, in_sealed[3*i-1], in_sealed[3*i]
	from generate_series(1, cardinality(in_requests)) i;

	insert into journal.entry (stream, type, request, actor, kind, data, accounts, county, position, version, id, recorded_at, prev, hash)
	select in_events[7*i-6], in_events[7*i-5], in_events[7*i-4], in_events[7*i-3], in_events[7*i-2], in_events[7*i-1]::json, in_events[7*i]::text[],
		in_county, in_head + i, in_versions[i], in_event_ids[i], in_recorded_at,
		case when i = 1 then in_hash else substring(in_hashes from 32*i-63 for 32) end, substring(in_hashes from 32*i-31 for 32)
	from generate_series(1, cardinality(in_versions)) i;

	if cardinality(in_also) > 0 then
		insert into journal.also (county, account, position)
		select in_county, in_also[i], in_also_position[i] from generate_series(1, cardinality(in_also)) i;
	end if;
	done := true;
end
$$;
-- +goose StatementEnd

grant usage on schema journal to feisui_app;
grant select, insert on journal.county, journal.entry, journal.also, journal.request to feisui_app;
-- What locking a row asks for; a county's name is all that may change.
grant update (name) on journal.county to feisui_app;
grant select on journal.migration to feisui_app;
revoke all on function journal.append from public;
grant execute on function journal.append to feisui_app;

-- +goose Down
drop function journal.append;
drop table journal.request, journal.also, journal.entry, journal.county;
drop function journal.refuse;
