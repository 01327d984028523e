ALTER TABLE account ADD COLUMN email_folded TEXT NOT NULL DEFAULT '';
UPDATE account SET email_folded = LOWER(email);
CREATE INDEX account_by_email ON account (email_folded);
ALTER TABLE account ADD COLUMN logout_epoch BIGINT NOT NULL DEFAULT 0;
ALTER TABLE account ADD COLUMN email_verified_at BIGINT;
-- Whoever was registered before was registered by the operator, who vouched for the address.
UPDATE account SET email_verified_at = created_at;
ALTER TABLE account ADD COLUMN totp_secret BLOB;
ALTER TABLE account ADD COLUMN totp_last_step BIGINT;
ALTER TABLE account ADD COLUMN totp_since BIGINT;

CREATE TABLE backup_code (
    account_id BLOB   NOT NULL REFERENCES account (id),
    digest     BLOB   NOT NULL,
    pepper     BIGINT NOT NULL,
    used_at    BIGINT,
    PRIMARY KEY (account_id, digest)
);

CREATE TABLE passkey (
    credential_id BLOB   PRIMARY KEY,
    account_id    BLOB   NOT NULL REFERENCES account (id),
    name          TEXT   NOT NULL,
    credential    TEXT   NOT NULL,
    created_at    BIGINT NOT NULL,
    last_used_at  BIGINT
);
CREATE INDEX passkey_of_account ON passkey (account_id);

CREATE TABLE session (
    id               BLOB   PRIMARY KEY,
    account_id       BLOB   NOT NULL REFERENCES account (id),
    digest           BLOB   NOT NULL UNIQUE,
    account_epoch    BIGINT NOT NULL,
    stage            TEXT   NOT NULL,
    user_agent       TEXT   NOT NULL,
    address          TEXT   NOT NULL,
    pending          BLOB,
    created_at       BIGINT NOT NULL,
    authenticated_at BIGINT NOT NULL,
    last_used_at     BIGINT NOT NULL
);
CREATE INDEX session_of_account ON session (account_id);

CREATE TABLE one_time_link (
    digest     BLOB   PRIMARY KEY,
    purpose    TEXT   NOT NULL,
    account_id BLOB   REFERENCES account (id),
    email      TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    used_at    BIGINT
);
CREATE INDEX one_time_link_of_account ON one_time_link (account_id);

CREATE TABLE client (
    id                  BLOB   PRIMARY KEY,
    owner_id            BLOB   NOT NULL REFERENCES account (id),
    kind                TEXT   NOT NULL,
    name                TEXT   NOT NULL,
    email               TEXT   NOT NULL,
    redirect_uris       TEXT   NOT NULL,
    scopes              BIGINT NOT NULL,
    grant_types         TEXT   NOT NULL,
    ignores_query       BIGINT NOT NULL,
    icon                BLOB,
    secret              BLOB,
    former_secret       BLOB,
    former_secret_until BIGINT,
    token_epoch         BIGINT NOT NULL,
    created_at          BIGINT NOT NULL,
    deleted_at          BIGINT
);
CREATE INDEX client_of_owner ON client (owner_id);

-- GRANT is a word of SQL.
CREATE TABLE oauth_grant (
    seq             INTEGER PRIMARY KEY,
    id              BLOB    NOT NULL UNIQUE,
    account_id      BLOB    NOT NULL REFERENCES account (id),
    client_id       BLOB    NOT NULL REFERENCES client (id),
    device_id       TEXT    NOT NULL DEFAULT '',
    device_name     TEXT,
    scopes          BIGINT  NOT NULL,
    serial          BIGINT  NOT NULL,
    derived_under   BIGINT  NOT NULL,
    digest          BLOB    NOT NULL UNIQUE,
    replaced_digest BLOB,
    pepper          BIGINT  NOT NULL,
    account_epoch   BIGINT  NOT NULL,
    client_epoch    BIGINT  NOT NULL,
    issued_at       BIGINT  NOT NULL,
    expires_at      BIGINT  NOT NULL,
    revoked_at      BIGINT,
    created_at      BIGINT  NOT NULL,
    last_used_at    BIGINT,
    UNIQUE (account_id, client_id, device_id)
);
CREATE INDEX oauth_grant_of_client ON oauth_grant (client_id);
CREATE INDEX oauth_grant_by_expiry ON oauth_grant (expires_at) WHERE revoked_at IS NULL;
CREATE INDEX api_key_by_expiry ON api_key (expires_at) WHERE expires_at IS NOT NULL AND deleted_at IS NULL;

CREATE TABLE authorization_request (
    digest     BLOB   PRIMARY KEY,
    session_id BLOB   NOT NULL,
    parameters TEXT   NOT NULL,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

CREATE TABLE client_usage (
    client_id   BLOB   NOT NULL,
    business_id BIGINT NOT NULL,
    day         BIGINT NOT NULL,
    calls       BIGINT NOT NULL,
    PRIMARY KEY (client_id, business_id, day)
);
CREATE INDEX client_usage_of_business ON client_usage (business_id, day);

CREATE TABLE notice (
    subject BLOB   NOT NULL,
    until   BIGINT NOT NULL,
    days    BIGINT NOT NULL,
    sent_at BIGINT NOT NULL,
    PRIMARY KEY (subject, until, days)
);
