#include "workbench/account/account_store.h"

namespace pix::workbench {

const std::vector<store::Migration> account_migrations{{.number = 400, .name = "accounts", .sql = R"(
CREATE TABLE users (
    id {id},
    username {text} NOT NULL,
    username_key {text} NOT NULL UNIQUE,
    email {text},
    password_hash {text} NOT NULL,
    role {text} NOT NULL CHECK (role IN ('admin', 'lead', 'member')),
    is_active {int} NOT NULL DEFAULT 1,
    created_at {int} NOT NULL,
    last_login {int},
    tokens_from_s {int} NOT NULL DEFAULT 0
);

CREATE TABLE logins (
    id {text} PRIMARY KEY NOT NULL,
    user_id {int} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    revoked_at {int},
    client {text} NOT NULL,
    user_agent {text} NOT NULL
);
CREATE INDEX logins_by_user ON logins (user_id, client);
CREATE INDEX logins_by_end ON logins (expires_at);

CREATE TABLE api_keys (
    id {id},
    user_id {int} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name {text} NOT NULL,
    shown {text} NOT NULL,
    key_hash {text} NOT NULL UNIQUE,
    created_at {int} NOT NULL,
    last_used {int},
    is_active {int} NOT NULL DEFAULT 1
);
CREATE INDEX api_keys_by_user ON api_keys (user_id);

CREATE TABLE credentials (
    id {id},
    user_id {int} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name {text} NOT NULL,
    type {text} NOT NULL,
    host {text} NOT NULL,
    username {text} NOT NULL,
    sealed {bytes} NOT NULL,
    description {text} NOT NULL,
    is_active {int} NOT NULL DEFAULT 1,
    created_at {int} NOT NULL
);
CREATE INDEX credentials_by_user ON credentials (user_id, type);

CREATE TABLE user_settings (
    user_id {int} NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name {text} NOT NULL,
    value_json {text} NOT NULL,
    changed_at {int} NOT NULL,
    PRIMARY KEY (user_id, name)
);
)"}};

} // namespace pix::workbench
