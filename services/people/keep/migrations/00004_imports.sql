-- How much of workbooks one person may record without a second one.

-- +goose Up

alter table people.county add column import_rows bigint not null default 100 check (import_rows between 1 and 100000);
