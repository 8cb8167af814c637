-- +goose Up

-- The last holder of each lock that has changed what it protects.
CREATE TABLE "kit_lock_fence" (
    "name" TEXT NOT NULL PRIMARY KEY,
    "token" INTEGER NOT NULL
) STRICT;

-- +goose Down
DROP TABLE "kit_lock_fence";
