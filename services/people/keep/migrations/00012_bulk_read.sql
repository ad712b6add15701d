-- What each person takes away in bulk, of the last day: its bounds hold over restarts, and
-- over the processes of a county together.

-- +goose Up

create table people.bulk_read (
	id     uuid primary key,
	county text not null,
	person text not null, -- the human being behind the accounts; of a machine, the principal
	at     timestamptz not null,
	files  bigint not null check (files between 0 and 1),
	rows   bigint not null check (rows >= 0),
	told   boolean not null -- the alarm was raised of what was taken until then
);
create index bulk_read_of on people.bulk_read (county, person, at);
grant select, insert, delete, update (told) on people.bulk_read to feisui_app;

-- The lines of the audit log that are alarms, without reading the others.
create index audit_alarm on people.audit (county, n) where code = 'BULK_READ';
