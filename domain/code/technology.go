package code

// reaching are the packages of the standard library that reach beyond the process,
// or are ways of wiring and running one. What is below each counts as well, but
// for what is in plain.
var reaching = []string{
	"C", "crypto/tls", "database/sql", "expvar", "flag", "io/ioutil", "log", "net", "os", "plugin", "syscall",
}

// plain are packages below those that only compute, or declare what others do.
var plain = []string{
	"log/slog", // a value says how it is logged: a secret, that it is not
	"net/mail", "net/netip", "net/url",
}

// What fx and viper are.
const (
	wiringLibrary        = "a wiring library"
	configurationLibrary = "a configuration library"
)

// technologies are modules of others that a project is likely to keep, send, wire or
// configure with, and what they are.
var technologies = []struct{ module, what string }{
	{"entgo.io/ent", "an ORM"},
	{"github.com/go-gorm/gorm", "an ORM"},
	{"github.com/jinzhu/gorm", "an ORM"},
	{"github.com/uptrace/bun", "an ORM"},
	{"github.com/volatiletech/sqlboiler", "an ORM"},
	{"gorm.io", "an ORM"},
	{"xorm.io", "an ORM"},
	{"github.com/go-pg/pg", "an ORM"},
	{"github.com/Masterminds/squirrel", "a builder of SQL"},
	{"github.com/jmoiron/sqlx", "an extension of database/sql"},
	{"github.com/go-sql-driver/mysql", "a driver"},
	{"github.com/jackc/pgx", "a driver"},
	{"github.com/lib/pq", "a driver"},
	{"github.com/mattn/go-sqlite3", "a driver"},
	{"modernc.org/sqlite", "a driver"},
	{"github.com/go-mysql-org/go-mysql", "a driver"},
	{"github.com/microsoft/go-mssqldb", "a driver"},
	{"github.com/ClickHouse/clickhouse-go", "a driver"},
	{"github.com/gocql/gocql", "a driver"},
	{"github.com/dgraph-io/badger", "a driver"},
	{"go.etcd.io/bbolt", "a driver"},
	{"zombiezen.com/go/sqlite", "a driver"},
	{"go.mongodb.org/mongo-driver", "a driver"},
	{"github.com/bradfitz/gomemcache", "a client"},
	{"github.com/IBM/sarama", "a client"},
	{"github.com/Azure/go-amqp", "a client"},
	{"github.com/confluentinc/confluent-kafka-go", "a client"},
	{"github.com/minio/minio-go", "a client"},
	{"go.etcd.io/etcd", "a client"},
	{"cloud.google.com/go", "a client"},
	{"github.com/redis/go-redis", "a client"},
	{"github.com/nats-io/nats.go", "a client"},
	{"github.com/rabbitmq/amqp091-go", "a client"},
	{"github.com/segmentio/kafka-go", "a client"},
	{"github.com/twmb/franz-go", "a client"},
	{"github.com/aws/aws-sdk-go", "a client"},
	{"github.com/aws/aws-sdk-go-v2", "a client"},
	{"google.golang.org/grpc", "a transport"},
	{"connectrpc.com/connect", "a transport"},
	{"github.com/gorilla", "a transport"},
	{"github.com/gin-gonic/gin", "a transport"},
	{"github.com/go-chi/chi", "a transport"},
	{"github.com/labstack/echo", "a transport"},
	{"github.com/gofiber/fiber", "a transport"},
	{"go.uber.org/dig", wiringLibrary},
	{"go.uber.org/fx", wiringLibrary},
	{"github.com/google/wire", wiringLibrary},
	{"github.com/knadh/koanf", configurationLibrary},
	{"github.com/spf13/viper", configurationLibrary},
	{"github.com/spf13/cobra", "a command-line library"},
	{"github.com/pressly/goose", "a migration library"},
	{"github.com/prometheus/client_golang", "a metrics library"},
}

// isPure reports whether a package is of the standard library and only computes.
func isPure(t target) bool { return t.standard && !reaches(t.path) }

func reaches(path string) bool { return within(path, reaching...) && !within(path, plain...) }

// isImpure reports whether a package ties to how things are kept, sent, wired or
// configured, or reaches beyond the process.
func isImpure(t target, _ string) bool { return isTechnology(t, "") || reaches(t.path) }

// isTechnology is isImpure, but for what libraries use within: most of them import os
// for some detail, and can be used nevertheless, where one that speaks HTTP or SQL
// cannot.
func isTechnology(t target, _ string) bool {
	switch {
	case t.folder != "":
		return within(t.folder, "adapters", "app") || below(t.folder, "kit") || t.forTests
	case t.abroad:
		return technology(t.path) != "" || t.path == "database/sql" || within(t.path, "net/http")
	}
	return technology(t.path) != "" || reaches(t.path)
}

// isWiring reports whether a package wires or configures.
func isWiring(t target) bool {
	what := technology(t.path)
	return what == wiringLibrary || what == configurationLibrary || within(t.folder, "kit/run", "kit/config")
}

// technology says what the package is, if it is a known one.
func (t target) technology() string {
	switch {
	case t.forTests:
		return "which is for tests"
	case within(t.folder, "kit/run"):
		return "the runtime"
	case below(t.folder, "kit"):
		return "a technology of the kit"
	}
	return technology(t.path)
}

// technology says what a package of others is, if it is a known one.
func technology(path string) string {
	for _, t := range technologies {
		if within(path, t.module) {
			return t.what
		}
	}
	return ""
}
