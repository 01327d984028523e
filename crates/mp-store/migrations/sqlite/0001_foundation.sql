CREATE TABLE pepper (
    number      BIGINT PRIMARY KEY,
    fingerprint TEXT   NOT NULL,
    created_at  BIGINT NOT NULL
);

CREATE TABLE account (
    id               BLOB   PRIMARY KEY,
    login            TEXT   NOT NULL UNIQUE,
    email            TEXT   NOT NULL,
    name             TEXT,
    password_hash    TEXT   NOT NULL,
    credential_epoch BIGINT NOT NULL,
    disabled_at      BIGINT,
    created_at       BIGINT NOT NULL
);

CREATE TABLE business (
    id           BIGINT PRIMARY KEY,
    name         TEXT   NOT NULL,
    subscription TEXT   NOT NULL,
    created_at   BIGINT NOT NULL
);

CREATE TABLE campaign (
    id           BIGINT PRIMARY KEY,
    business_id  BIGINT NOT NULL REFERENCES business (id),
    name         TEXT   NOT NULL,
    placement    TEXT   NOT NULL,
    availability TEXT   NOT NULL,
    created_at   BIGINT NOT NULL
);
CREATE INDEX campaign_of_business ON campaign (business_id);
CREATE INDEX campaign_switched_off ON campaign (business_id) WHERE availability <> 'AVAILABLE';

CREATE TABLE member (
    business_id BIGINT NOT NULL REFERENCES business (id),
    account_id  BLOB   NOT NULL REFERENCES account (id),
    role        TEXT   NOT NULL,
    campaigns   TEXT,
    created_at  BIGINT NOT NULL,
    PRIMARY KEY (business_id, account_id)
);
CREATE INDEX member_of_account ON member (account_id);

CREATE TABLE api_key (
    seq             INTEGER PRIMARY KEY,
    id              BLOB    NOT NULL UNIQUE,
    business_id     BIGINT  NOT NULL REFERENCES business (id),
    name            TEXT    NOT NULL,
    digest          BLOB    NOT NULL UNIQUE,
    replaced_digest BLOB,
    pepper          BIGINT  NOT NULL,
    scopes          BIGINT  NOT NULL,
    campaigns       TEXT,
    networks        TEXT,
    expires_at      BIGINT,
    paused_at       BIGINT,
    deleted_at      BIGINT,
    created_at      BIGINT  NOT NULL,
    created_by      TEXT    NOT NULL,
    last_used_at    BIGINT
);
CREATE UNIQUE INDEX api_key_live_name ON api_key (business_id, name) WHERE deleted_at IS NULL;

CREATE TABLE api_key_retired_secret (
    digest  BLOB   PRIMARY KEY,
    key_id  BLOB   NOT NULL REFERENCES api_key (id),
    pepper  BIGINT NOT NULL,
    until   BIGINT NOT NULL
);
CREATE INDEX api_key_retired_secret_of_key ON api_key_retired_secret (key_id);

CREATE TABLE event (
    seq         INTEGER PRIMARY KEY AUTOINCREMENT,
    at          BIGINT  NOT NULL,
    actor       TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    subject     TEXT    NOT NULL,
    business_id BIGINT,
    detail      TEXT    NOT NULL
);

CREATE TABLE heartbeat (
    node TEXT   PRIMARY KEY,
    at   BIGINT NOT NULL
);
