-- Secrets of second factors are sealed by a key that is not in the database.

-- +goose Up

-- AES-256-GCM, bound to the user: 8 bytes that tell by which key, a nonce of 12, the
-- secret, 16 that tell whether it was changed. Then people.factor.secret is noise, which
-- to a program that knows of no key is a secret of which nobody has a code. Null: the
-- secret stands there as it is, from before, until a start that has a key.
alter table people.factor add column sealed bytea check (length(sealed) = 56);
