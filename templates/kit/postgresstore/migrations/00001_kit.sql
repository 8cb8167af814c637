-- What the store keeps beside the entities.

-- +goose Up

-- The messages that were committed with the changes that they tell of and have
-- not been taken by the bus. A seq says what comes first for one key; it is no
-- cursor: a lower one may be committed later.
CREATE TABLE "outbox" (
    "seq" bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    "id" uuid NOT NULL,
    "topic" text NOT NULL,
    "key" text NOT NULL,
    "group" text NOT NULL,
    "time" timestamptz NOT NULL,
    "payload" bytea NOT NULL
);

-- Which process empties the outbox, and until when unless it renews that. Up to the
-- floor, nothing is left in the outbox, nor will appear.
CREATE TABLE "outbox_lease" (
    "one" boolean PRIMARY KEY DEFAULT true CHECK ("one"),
    "holder" uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    "until" timestamptz NOT NULL DEFAULT '-infinity',
    "term" bigint NOT NULL DEFAULT 0,
    "floor" bigint NOT NULL DEFAULT 0
);

INSERT INTO "outbox_lease" DEFAULT VALUES;

-- Which messages a group has handled.
CREATE TABLE "inbox" (
    "id" uuid NOT NULL,
    "group" text NOT NULL,
    "time" timestamptz NOT NULL,
    PRIMARY KEY ("id", "group")
);

CREATE INDEX "inbox_time" ON "inbox" ("time");

-- The messages that a group could not handle.
CREATE TABLE "dead_letter" (
    "id" uuid NOT NULL PRIMARY KEY,
    "message" uuid NOT NULL,
    "topic" text NOT NULL,
    "key" text NOT NULL,
    "group" text NOT NULL,
    "time" timestamptz NOT NULL,
    "payload" bytea NOT NULL,
    "error" text NOT NULL,
    "attempts" bigint NOT NULL,
    "failed_at" timestamptz NOT NULL,
    UNIQUE ("message", "group")
);

-- What requests were answered, by the key that they came with.
CREATE TABLE "idempotency_key" (
    "key" text NOT NULL PRIMARY KEY,
    "request" bytea NOT NULL,
    "status" bigint NOT NULL,
    "header" json NOT NULL,
    "body" bytea NOT NULL,
    "time" timestamptz NOT NULL
);

CREATE INDEX "idempotency_key_time" ON "idempotency_key" ("time");

-- +goose Down
DROP TABLE "idempotency_key";
DROP TABLE "dead_letter";
DROP TABLE "inbox";
DROP TABLE "outbox_lease";
DROP TABLE "outbox";
