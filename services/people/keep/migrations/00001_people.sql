-- The people who act: who they are, what they were granted, how they are signed
-- in, and the audit log. Personal data stays in this schema.

-- +goose Up

create table people.county (
	county       text primary key,
	authority    text not null default 'civil_affairs' check (authority in ('civil_affairs', 'social_work')),
	idle_seconds bigint not null default 1800 check (idle_seconds between 300 and 7200),
	audit_days   bigint not null default 180 check (audit_days >= 180)
);

create table people.user (
	id          uuid primary key,
	person      uuid not null, -- the human being, who may have two accounts
	county      text not null,
	name        text not null,
	display     text not null,
	office      text not null,
	password    text not null, -- argon2id, in the PHC form
	disabled    boolean not null,
	reset_by    text not null, -- a person; empty: nobody
	must_change boolean not null,
	demo        boolean not null,
	created_at  timestamptz not null,
	created_by  text not null,
	unique (county, name)
);
create index user_person on people.user (person);

create table people.grant (
	id           uuid primary key,
	county       text not null,
	user_id      uuid not null references people.user (id),
	role         text not null,
	scope        text not null,
	state        text not null check (state in ('requested', 'approved', 'denied', 'revoked')),
	requested_by text not null, -- a principal
	requester    text not null, -- the person behind it
	requested_at timestamptz not null,
	decided_by   text not null,
	decided_at   timestamptz,
	revoked_by   text not null,
	revoked_at   timestamptz,
	check (state <> 'approved' or decided_by <> requested_by or decided_by like 'operator:%') -- four eyes, but for the first three
);
create unique index grant_open on people.grant (user_id, role, scope) where state in ('requested', 'approved');
create index grant_county on people.grant (county, state, requested_at, id);

-- Only hashes of the secrets are here.
create table people.session (
	hash     bytea primary key check (length(hash) = 32),
	user_id  uuid not null references people.user (id),
	began_at timestamptz not null,
	seen_at  timestamptz not null,
	ended_at timestamptz
);
create index session_of on people.session (user_id);

create table people.token (
	id         uuid primary key,
	hash       bytea not null unique check (length(hash) = 32),
	user_id    uuid not null references people.user (id),
	name       text not null,
	grants     json not null,
	created_at timestamptz not null,
	expires_at timestamptz not null,
	used_at    timestamptz,
	ended_at   timestamptz,
	check (expires_at <= created_at + interval '365 days')
);
create index token_of on people.token (user_id);

-- Attempts to sign in, under a name or from an address. The key is a hash, and
-- one of a name that nobody has looks like any other.
create table people.attempt (
	key      bytea primary key check (length(key) = 32),
	failures bigint not null,
	since    timestamptz not null,
	until    timestamptz not null
);
create index attempt_since on people.attempt (since);

-- An accepted request. Its answer is kept without secrets.
create table people.request (
	actor       text not null,
	id          text not null check (octet_length(id) between 1 and 200),
	fingerprint bytea not null check (length(fingerprint) = 32),
	answer      json not null,
	recorded_at timestamptz not null,
	primary key (actor, id)
);

create table people.audit (
	county    text not null,
	n         bigint not null check (n > 0),
	at        timestamptz not null,
	actor     text not null,
	operation text not null,
	target    text not null,
	decision  text not null check (decision in ('done', 'refused', 'failed')),
	code      text not null,
	address   text not null,
	request   text not null,
	prev      bytea not null check (length(prev) = 32),
	hash      bytea not null check (length(hash) = 32),
	primary key (county, n)
);
create index audit_actor on people.audit (county, actor, n);
create index audit_at on people.audit (county, at);

-- The owner of a table may change it whatever is granted. Not by accident.
-- +goose StatementBegin
create function people.refuse() returns trigger language plpgsql as $$
begin
	raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
end
$$;
-- +goose StatementEnd
create trigger append_only before update or delete or truncate on people.audit for each statement execute function people.refuse();
create trigger append_only before update or delete or truncate on people.request for each statement execute function people.refuse();

grant usage on schema people to feisui_app;
grant select, insert, update on people.county, people.user, people.grant, people.token to feisui_app;
grant select, insert, update, delete on people.session, people.attempt to feisui_app;
grant select, insert on people.request, people.audit to feisui_app;
grant select on people.migration to feisui_app;
