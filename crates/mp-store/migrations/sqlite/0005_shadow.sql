-- Catalogues on trial: the one that has not ended, and the newest one's report.
CREATE TABLE shadow_catalog (
    number   BIGINT PRIMARY KEY,
    digest   BLOB   NOT NULL,
    facts    TEXT   NOT NULL,
    source   TEXT   NOT NULL,
    begun_at BIGINT NOT NULL,
    ended_at BIGINT,
    judged   BIGINT NOT NULL
);
-- Of business_id, 0 stands for no cabinet and -1 for those that are too many to be told apart.
CREATE TABLE shadow_difference (
    shadow_number BIGINT NOT NULL,
    operation     TEXT   NOT NULL,
    verdict       TEXT   NOT NULL,
    reason        TEXT   NOT NULL,
    business_id   BIGINT NOT NULL,
    calls         BIGINT NOT NULL,
    first_at      BIGINT NOT NULL,
    last_at       BIGINT NOT NULL,
    PRIMARY KEY (shadow_number, operation, verdict, reason, business_id)
);
