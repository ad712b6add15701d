-- Up to which entry of the county somebody has looked at what was said to them.

-- +goose Up

alter table people.user add column seen bigint not null default 0 check (seen >= 0);
