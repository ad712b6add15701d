-- +goose Up

-- append_one is journal.append for the shape of nearly every command: one request
-- with one event that names one account at most. It promises the same, by the
-- same lock, the same look and the same keys, and takes and makes no arrays: for
-- one row these cost as much as the row. When what the caller believes is not so
-- it writes nothing and says no more than that; append says what is so.
--
-- +goose StatementBegin
create function journal.append_one(
	in_county text, in_head bigint, in_hash bytea, in_recorded_at timestamptz,
	in_request text, in_fingerprint bytea, in_answer bytea, in_seal bytea,
	in_stream text, in_version bigint, in_type text, in_id uuid, in_actor text, in_kind text, in_data text, in_accounts text, in_event_hash bytea
) returns boolean language plpgsql
-- The plans are made once and kept, as append's are; nothing here could be hashed or merged.
set plan_cache_mode = force_generic_plan
set enable_seqscan = off set enable_bitmapscan = off set enable_sort = off
as $$
declare
	head        bigint;
	hash        bytea;
	recorded_at timestamptz;
	version     bigint;
	seen        boolean;
begin
	perform from journal.county c where c.county = in_county for update;
	if not found then
		return false;
	end if;
	-- A statement of its own: its snapshot must not be older than the lock.
	select e.position, e.hash, e.recorded_at,
		coalesce((select s.version from journal.entry s where s.county = in_county and s.stream = in_stream order by s.version desc limit 1), 0),
		exists (select from journal.request r where r.county = in_county and r.id = in_request)
	into head, hash, recorded_at, version, seen
	from journal.entry e where e.county = in_county order by e.position desc limit 1;
	if not found or head <> in_head or hash <> in_hash or recorded_at > in_recorded_at or version <> in_version - 1 or seen then
		return false;
	end if;

	insert into journal.request (county, id, fingerprint, first, last, recorded_at, answer, seal)
	values (in_county, in_request, in_fingerprint, in_head + 1, in_head + 1, in_recorded_at, in_answer, in_seal);

	insert into journal.entry (county, position, stream, version, type, id, request, actor, kind, recorded_at, data, accounts, prev, hash)
	values (in_county, in_head + 1, in_stream, in_version, in_type, in_id, in_request, in_actor, in_kind, in_recorded_at,
		in_data::json, in_accounts::text[], in_hash, in_event_hash);
	return true;
end
$$;
-- +goose StatementEnd

revoke all on function journal.append_one from public;
grant execute on function journal.append_one to feisui_app;

-- +goose Down
drop function journal.append_one;
