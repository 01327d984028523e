ALTER TABLE business ADD COLUMN kind TEXT NOT NULL DEFAULT 'seller';
-- A start reads these alone: most cabinets are as the default is.
CREATE INDEX business_exceptional ON business (id) WHERE subscription <> 'none' OR kind <> 'seller';

CREATE TABLE catalog (
    number      BIGINT PRIMARY KEY,
    digest      BYTEA  NOT NULL,
    facts       TEXT   NOT NULL,
    source      TEXT   NOT NULL,
    imported_at BIGINT NOT NULL
);
