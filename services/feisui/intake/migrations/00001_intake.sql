-- Workbooks that somebody prepared and that wait for somebody to confirm them. What
-- they say is recorded in the journal alone, and so is what became of them; here is
-- what was seen meanwhile, and by whom.

-- +goose Up

create table intake.workbook (
	county      text not null,
	id          text not null check (octet_length(id) between 1 and 64),
	digest      bytea not null check (length(digest) = 32), -- of the names and digests of its files
	reason      text not null, -- why it corrects; empty: it does not
	preview     json not null, -- as it was when it was prepared
	size        bigint not null check (size between 1 and 33554432), -- bytes of its files together
	prepared_by text not null, -- a principal
	preparer    text not null, -- the person behind it
	prepared_at timestamptz not null,
	expires_at  timestamptz not null,
	state       text not null default 'waiting' check (state in ('waiting', 'confirmed', 'withdrawn', 'refused', 'expired')),
	tried_at    timestamptz, -- when somebody began to end it: the journal knows whether it was done
	decided_by  text not null default '',
	decided_at  timestamptz,
	why         text not null default '', -- it was refused
	primary key (county, id)
);
create index workbook_waiting on intake.workbook (county, prepared_at) where state = 'waiting';
create index workbook_decided on intake.workbook (county, prepared_at desc);

-- What it says is kept as long as it waits, and which file it was for ever.
create table intake.file (
	county   text not null,
	workbook text not null,
	n        bigint not null check (n > 0),
	name     text not null,
	size     bigint not null,
	digest   bytea not null check (length(digest) = 32), -- SHA-256 of the content
	content  bytea check (content is null or octet_length(content) = size),
	primary key (county, workbook, n),
	foreign key (county, workbook) references intake.workbook (county, id)
);
create index file_digest on intake.file (county, digest);

-- Rows that somebody recorded from workbooks without a second person.
create table intake.alone (
	county  text not null,
	request text not null,
	person  text not null,
	news    bigint not null check (news > 0),
	at      timestamptz not null,
	primary key (county, request)
);
create index alone_person on intake.alone (county, person, at);

grant usage on schema intake to feisui_app;
grant select, insert, update on intake.workbook, intake.file, intake.alone to feisui_app;
grant select on intake.migration to feisui_app;
