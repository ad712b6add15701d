-- A second factor beside the password.

-- +goose Up

-- The secret stands here as it is: no key of the program's own is kept outside the
-- database. Whoever can read this table can read along, and changes nothing by it.
create table people.factor (
	user_id      uuid primary key references people.user (id),
	secret       bytea not null check (length(secret) = 20),
	used         bigint not null, -- the step of the last code that was taken
	began_at     timestamptz not null,
	confirmed_at timestamptz      -- null: being set up, and asked for by nobody
);

-- Only hashes of the codes are here.
create table people.recovery (
	user_id uuid not null references people.user (id),
	hash    bytea not null check (length(hash) = 32),
	used_at timestamptz,
	primary key (user_id, hash)
);

alter table people.session add column pending boolean not null default false; -- the second factor is to be shown
alter table people.county add column factor_roles text[] not null default '{}';

grant select, insert, update, delete on people.factor, people.recovery to feisui_app;
