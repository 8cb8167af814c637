-- What the store keeps beside the entities. Times are microseconds since 1970.

-- +goose Up

-- The messages that were committed with the changes that they tell of and have
-- not been taken by the bus. A seq is never used twice: claims go by it.
CREATE TABLE "outbox" (
    "seq" INTEGER PRIMARY KEY AUTOINCREMENT,
    "id" BLOB NOT NULL,
    "topic" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "group" TEXT NOT NULL,
    "time" INTEGER NOT NULL,
    "payload" BLOB NOT NULL
) STRICT;

-- Which messages a group has handled. Later identifiers sort after earlier
-- ones, so that both trees grow at their ends.
CREATE TABLE "inbox" (
    "id" BLOB NOT NULL,
    "group" TEXT NOT NULL,
    "time" INTEGER NOT NULL,
    PRIMARY KEY ("id", "group")
) STRICT, WITHOUT ROWID;

CREATE INDEX "inbox_time" ON "inbox" ("time");

-- The messages that a group could not handle.
CREATE TABLE "dead_letter" (
    "id" BLOB NOT NULL PRIMARY KEY,
    "message" BLOB NOT NULL,
    "topic" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "group" TEXT NOT NULL,
    "time" INTEGER NOT NULL,
    "payload" BLOB NOT NULL,
    "error" TEXT NOT NULL,
    "attempts" INTEGER NOT NULL,
    "failed_at" INTEGER NOT NULL,
    UNIQUE ("message", "group")
) STRICT;

-- What requests were answered, by the key that they came with.
CREATE TABLE "idempotency_key" (
    "key" TEXT NOT NULL PRIMARY KEY,
    "request" BLOB NOT NULL,
    "status" INTEGER NOT NULL,
    "header" TEXT NOT NULL,
    "body" BLOB NOT NULL,
    "time" INTEGER NOT NULL
) STRICT;

CREATE INDEX "idempotency_key_time" ON "idempotency_key" ("time");

-- +goose Down
DROP TABLE "idempotency_key";
DROP TABLE "dead_letter";
DROP TABLE "inbox";
DROP TABLE "outbox";
