-- +goose Up
create table other.thing (n int);
-- +goose Down
drop table other.thing;
