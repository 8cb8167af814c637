-- +goose Up

-- The last holder of each lock that has changed what it protects.
CREATE TABLE "kit_lock_fence" (
    "name" text NOT NULL PRIMARY KEY,
    "token" bigint NOT NULL
);

-- +goose Down
DROP TABLE "kit_lock_fence";
