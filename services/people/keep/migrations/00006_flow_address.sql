-- Who leaves to sign in elsewhere is counted by the address of the network.

-- +goose Up

alter table people.flow add column address bytea not null default ''; -- a hash of it, as in people.attempt
