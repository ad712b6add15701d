-- Signing in elsewhere: which account an identity of the county's own sign-in opens.

-- +goose Up

-- A row of people.binding is one that holds. Who is bound, and was, the audit log says.
create table people.binding (
	user_id  uuid primary key references people.user (id),
	county   text not null,
	issuer   text not null,
	subject  text not null check (octet_length(subject) between 1 and 255),
	bound_at timestamptz not null,
	bound_by text not null, -- a principal
	unique (county, issuer, subject)
);

-- Somebody who has left for there, and what they must bring back. It is used once.
create table people.flow (
	hash     bytea primary key check (length(hash) = 32), -- of the secret that their browser keeps
	county   text not null,
	state    text not null,
	nonce    text not null,
	verifier text not null,
	next     text not null, -- the page to go on to
	session  bytea,         -- of who binds their own account; null: they sign in
	began_at timestamptz not null
);
create index flow_began on people.flow (began_at);

alter table people.session add column elsewhere boolean not null default false; -- it was begun there

grant select, insert, delete on people.binding, people.flow to feisui_app;
