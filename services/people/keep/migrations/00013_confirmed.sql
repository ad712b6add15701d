-- A county's settings are those that two persons asked for and confirmed, whatever a program
-- does.

-- +goose Up

-- The transaction that confirms a change is the one that may write it down, as it was
-- asked for. (Its own rows have its number.)
-- +goose StatementBegin
create function people.confirmed() returns trigger language plpgsql as $$
begin
	if not exists (
		select from people.settings_change c
		where c.county = new.county and c.state = 'confirmed' and c.xmin = pg_current_xact_id()::xid
			and (c.settings->>'Authority', (c.settings->>'Idle')::bigint, (c.settings->>'AuditDays')::bigint, (c.settings->>'ImportRows')::bigint, c.settings->>'BoundPassword')
				is not distinct from (new.authority, new.idle_seconds, new.audit_days, new.import_rows, new.bound_password)
			and array(select json_array_elements_text(coalesce(c.settings->'FactorRoles', '[]'))) = new.factor_roles
	) then
		raise exception 'the settings of % were not confirmed by a second person', new.county using errcode = 'insufficient_privilege';
	end if;
	return new;
end
$$;
-- +goose StatementEnd
create trigger confirmed before insert or update on people.county for each row execute function people.confirmed();
create trigger kept before delete or truncate on people.county for each statement execute function people.refuse();
