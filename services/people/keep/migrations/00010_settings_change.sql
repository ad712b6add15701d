-- Changes of a county's settings take two persons.

-- +goose Up

create table people.settings_change (
	id           uuid primary key,
	county       text not null,
	settings     json not null, -- all of them, as they would be
	state        text not null check (state in ('requested', 'confirmed', 'dropped', 'expired')),
	security     boolean not null, -- who asked is a security administrator
	requested_by text not null, -- a principal
	requester    text not null, -- the person behind it
	requested_at timestamptz not null,
	expires_at   timestamptz not null,
	decided_by   text not null,
	decider      text not null,
	decided_at   timestamptz,
	check (state <> 'confirmed' or decider <> requester and decider <> '') -- four eyes
);
create unique index settings_change_waits on people.settings_change (county) where state = 'requested';

-- What was asked for stays what it was.
grant select, insert, update (state, decided_by, decider, decided_at) on people.settings_change to feisui_app;
