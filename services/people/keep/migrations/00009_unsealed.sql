-- A program that knows of no key begins second factors as it did, while both run.

-- +goose Up

-- It puts a secret where there is noise, and leaves what was sealed before. That would be
-- of another secret, and no code would be right. What it put is taken as it stands, until
-- a start that has a key seals it.
-- +goose StatementBegin
create function people.unseal() returns trigger language plpgsql as $$
begin
	new.sealed := null;
	return new;
end
$$;
-- +goose StatementEnd
create trigger unseal before update on people.factor for each row
	when (new.secret is distinct from old.secret and new.sealed is not distinct from old.sealed) execute function people.unseal();
