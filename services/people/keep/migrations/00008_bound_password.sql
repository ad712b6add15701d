-- Whether accounts that open from elsewhere open by their password too.

-- +goose Up

alter table people.county add column bound_password text not null default 'allowed' check (bound_password in ('allowed', 'refused'));
