CREATE TABLE refusal (
    seq          INTEGER PRIMARY KEY,
    at           BIGINT NOT NULL,
    trace        BLOB,
    business_id  BIGINT,
    account_id   BLOB,
    key_id       BLOB,
    grant_id     BLOB,
    operation    TEXT   NOT NULL,
    verb         TEXT   NOT NULL,
    path         TEXT   NOT NULL,
    address      TEXT   NOT NULL,
    reason       TEXT   NOT NULL,
    message      TEXT   NOT NULL,
    accesses     BIGINT NOT NULL,
    limit_amount BIGINT,
    limit_until  BIGINT,
    more         BIGINT NOT NULL
);
CREATE INDEX refusal_of_business ON refusal (business_id, seq) WHERE business_id IS NOT NULL;
CREATE INDEX refusal_of_account ON refusal (account_id, seq) WHERE account_id IS NOT NULL;
CREATE INDEX refusal_by_age ON refusal (at);
