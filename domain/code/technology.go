package code

// reaching are the packages of the standard library that do I/O, or that set up and run
// a process. Packages below them count as well, except for those in plain.
var reaching = []string{
	"C", "crypto/tls", "database/sql", "expvar", "flag", "io/ioutil", "log", "net", "os", "plugin", "syscall",
}

// plain are packages below those in reaching that only compute or declare types.
var plain = []string{
	"log/slog", // lets a type control how it is logged, as for secrets
	"net/mail", "net/netip", "net/url",
}

// What fx and viper are.
const (
	wiringLibrary        = "a wiring library"
	configurationLibrary = "a configuration library"
)

// technologies are well-known modules for storage, transport, wiring and configuration.
var technologies = []struct{ module, what string }{
	{"entgo.io/ent", "an ORM"},
	{"github.com/go-gorm/gorm", "an ORM"},
	{"github.com/jinzhu/gorm", "an ORM"},
	{"github.com/uptrace/bun", "an ORM"},
	{"github.com/volatiletech/sqlboiler", "an ORM"},
	{"gorm.io", "an ORM"},
	{"xorm.io", "an ORM"},
	{"github.com/go-pg/pg", "an ORM"},
	{"github.com/Masterminds/squirrel", "an SQL builder"},
	{"github.com/jmoiron/sqlx", "an extension of database/sql"},
	{"github.com/go-sql-driver/mysql", "a database driver"},
	{"github.com/jackc/pgx", "a database driver"},
	{"github.com/lib/pq", "a database driver"},
	{"github.com/mattn/go-sqlite3", "a database driver"},
	{"modernc.org/sqlite", "a database driver"},
	{"github.com/go-mysql-org/go-mysql", "a database driver"},
	{"github.com/microsoft/go-mssqldb", "a database driver"},
	{"github.com/ClickHouse/clickhouse-go", "a database driver"},
	{"github.com/gocql/gocql", "a database driver"},
	{"github.com/dgraph-io/badger", "a database driver"},
	{"go.etcd.io/bbolt", "a database driver"},
	{"zombiezen.com/go/sqlite", "a database driver"},
	{"go.mongodb.org/mongo-driver", "a database driver"},
	{"github.com/bradfitz/gomemcache", "a client"},
	{"github.com/IBM/sarama", "a client"},
	{"github.com/Azure/go-amqp", "a client"},
	{"github.com/confluentinc/confluent-kafka-go", "a client"},
	{"github.com/minio/minio-go", "a client"},
	{"go.etcd.io/etcd", "a client"},
	{"github.com/go-zookeeper/zk", "a client"},
	{"cloud.google.com/go", "a client"},
	{"github.com/redis/go-redis", "a client"},
	{"github.com/redis/rueidis", "a client"},
	{"github.com/nats-io/nats.go", "a client"},
	{"github.com/rabbitmq/amqp091-go", "a client"},
	{"github.com/segmentio/kafka-go", "a client"},
	{"github.com/twmb/franz-go", "a client"},
	{"github.com/aws/aws-sdk-go", "a client"},
	{"github.com/aws/aws-sdk-go-v2", "a client"},
	{"github.com/aws/smithy-go", "a client"},
	{"github.com/netresearch/go-cron", "a scheduler"},
	{"github.com/robfig/cron", "a scheduler"},
	{"google.golang.org/grpc", "an RPC framework"},
	{"connectrpc.com/connect", "an HTTP framework"},
	{"github.com/gorilla", "an HTTP framework"},
	{"github.com/gin-gonic/gin", "an HTTP framework"},
	{"github.com/go-chi/chi", "an HTTP framework"},
	{"github.com/labstack/echo", "an HTTP framework"},
	{"github.com/gofiber/fiber", "an HTTP framework"},
	{"go.uber.org/dig", wiringLibrary},
	{"go.uber.org/fx", wiringLibrary},
	{"github.com/google/wire", wiringLibrary},
	{"github.com/knadh/koanf", configurationLibrary},
	{"github.com/spf13/viper", configurationLibrary},
	{"github.com/spf13/cobra", "a command-line library"},
	{"github.com/pressly/goose", "a migration library"},
	{"github.com/prometheus/client_golang", "a metrics library"},
}

// isPure reports whether a package is in the standard library and does no I/O.
func isPure(t target) bool { return t.standard && !reaches(t.path) }

func reaches(path string) bool { return Within(path, reaching...) && !Within(path, plain...) }

// isImpure reports whether a package is about how things are stored, sent, wired or
// configured, or does I/O.
func isImpure(t target, _ string) bool { return isTechnology(t, "") || reaches(t.path) }

// isTechnology is like isImpure, but more lenient about the imports of libraries: most
// import os for some detail, which is fine, unlike net/http or database/sql.
func isTechnology(t target, _ string) bool {
	switch {
	case t.folder != "":
		return Within(t.folder, "adapters", "app") || below(t.folder, "kit") || t.forTests
	case t.abroad:
		return technology(t.path) != "" || t.path == "database/sql" || Within(t.path, "net/http")
	}
	return technology(t.path) != "" || reaches(t.path)
}

// isWiring reports whether a package is for wiring or configuration.
func isWiring(t target) bool {
	what := technology(t.path)
	return what == wiringLibrary || what == configurationLibrary || Within(t.folder, "kit/run", "kit/config")
}

// technology says what the package is, if it is a known one.
func (t target) technology() string {
	switch {
	case t.forTests:
		return "which is for tests"
	case Within(t.folder, "kit/run"):
		return "the runtime"
	case below(t.folder, "kit"):
		return "a technology of the kit"
	}
	return technology(t.path)
}

// technology describes a third-party package, if it is a known one.
func technology(path string) string {
	for _, t := range technologies {
		if Within(path, t.module) {
			return t.what
		}
	}
	return ""
}
