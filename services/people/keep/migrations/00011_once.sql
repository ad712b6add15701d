-- One-time passwords lapse.

-- +goose Up

-- Until when the password opens the account while it is to be changed; null: it is not, or
-- was given by a program that knew of no such end.
alter table people.user add column once_until timestamptz;

-- Those that were given before have as long from now on.
update people.user set once_until = now() + interval '3 days' where must_change;
