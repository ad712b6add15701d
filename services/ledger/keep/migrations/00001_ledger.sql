-- The ledger's book: what follows from a county's journal up to a position, as
-- of the county's day. All of it can be thrown away and made again, so it may be
-- updated freely; a generation is one making of it, and one of them is live.

-- +goose Up

create table ledger.book (
	county     text   not null,
	generation bigint not null,
	live       boolean not null,
	position   bigint not null check (position >= 0), -- every entry up to here is in, and none after
	hash       bytea  not null check (length(hash) = 32), -- of that entry
	day        date,          -- as of which accounts are judged; null before the first
	rules      text   not null, -- by which: another edition of them makes other figures
	primary key (county, generation)
);
create unique index book_live on ledger.book (county) where live;

-- An account: a community, or a payee that is none. Amounts are in fen.
create table ledger.account (
	county text not null, generation bigint not null,
	account           text    not null,
	community         boolean not null,
	name              text    not null,
	street            text    not null,
	tasks             bigint  not null,
	standing_tasks    bigint  not null,
	unfunded          bigint  not null, -- tasks
	underfunded       bigint  not null, -- tasks
	undetermined      bigint  not null, -- tasks
	entitlement       bigint  not null,
	allocated         bigint  not null,
	shortfall         bigint  not null,
	overdue_shortfall bigint  not null,
	due               bigint  not null,
	confirmed         bigint  not null,
	surplus           bigint  not null,
	general           bigint  not null,
	in_transit        bigint  not null,
	held              bigint  not null, -- by a payee that is no community
	retained          bigint  not null,
	plaques           bigint  not null,
	burdens           bigint  not null,
	red               bigint  not null, -- flags, by lamp
	yellow            bigint  not null,
	blue              bigint  not null,
	until             date,             -- on which it may stand otherwise without any news
	blocked_at        bigint  not null, -- what is said is as of before this position; 0: not blocked
	blocked_why       text    not null,
	primary key (county, generation, account)
);
create index account_short on ledger.account (county, generation, (-overdue_shortfall), (-shortfall), account) where community;

create table ledger.task (
	county text not null, generation bigint not null,
	no                text   not null,
	account           text   not null,
	street            text   not null,
	department        text   not null,
	item              text   not null,
	state             text   not null,
	status            text   not null,
	lamp              text   not null,
	entitlement       bigint, -- null where a number would have to be guessed
	allocated         bigint not null,
	shortfall         bigint,
	overdue_shortfall bigint,
	-- The account too: what was never rightly decided must not stop the book.
	primary key (county, generation, account, no)
);
create index task_no on ledger.task (county, generation, no, account);
create index task_status on ledger.task (county, generation, status, no, account);

create table ledger.payment (
	county text not null, generation bigint not null,
	voucher   text   not null,
	account   text   not null,
	origin    text   not null,
	purpose   text   not null,
	amount    bigint not null,
	held      bigint not null,
	confirmed bigint not null,
	allocated bigint not null,
	surplus   bigint not null,
	primary key (county, generation, account, voucher)
);

create table ledger.flag (
	county text not null, generation bigint not null,
	account     text   not null,
	rule        text   not null,
	subject     text   not null,
	street      text   not null,
	responsible text   not null,
	since       date   not null,
	amount      bigint, -- in fen; of plaque_over_cap a count
	lamp        text   not null,
	rank        bigint not null, -- of the lamp: 0 red, 1 yellow, 2 blue
	primary key (county, generation, account, rule, subject)
);
create index flag_urgent on ledger.flag (county, generation, rank, since, account, rule, subject);

-- Entries that could not be taken, and those that had to wait for them.
create table ledger.kept (
	county text not null, generation bigint not null,
	position bigint not null,
	account  text   not null, -- those that it names; empty: none
	reason   text   not null,
	primary key (county, generation, position, account)
);

grant usage on schema ledger to feisui_app;
grant select, insert, update, delete on ledger.book, ledger.account, ledger.task, ledger.payment, ledger.flag, ledger.kept to feisui_app;
grant select on ledger.migration to feisui_app;
