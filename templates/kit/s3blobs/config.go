// Package s3blobs keeps blobs on Amazon S3, or another server that speaks its protocol.
package s3blobs

import (
	"cmp"
	"net/url"
	"regexp"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyed"
)

// Config says where the blobs are and how they are reached. Zero values stand for the
// defaults.
type Config struct {
	Endpoint  string // URL; http://127.0.0.1:8333
	Bucket    string // which must be there; blobs
	Region    string // us-east-1
	AccessKey string // none if it is empty, and nothing is signed
	SecretKey kit.Secret
	PathStyle bool   // the bucket is in the path of a URL instead of its host
	CAFile    string // CA certificates to trust instead of the system's, PEM
	CertFile  string // the client's own certificate, PEM
	KeyFile   string // and its key

	Prefix   string        // of all keys, before a slash; the service's name
	Timeout  time.Duration // to connect, for an answer to begin, and without any progress; 5s
	PartSize int           // of the parts in which larger blobs are sent, in bytes; 8 MiB
	Memory   int           // for all parts that are being sent, in bytes; 64 MiB
}

// filled returns the config with defaults in place of zeros.
func (c Config) filled(service string) Config {
	c.Endpoint = cmp.Or(c.Endpoint, "http://127.0.0.1:8333")
	c.Bucket = cmp.Or(c.Bucket, "blobs")
	c.Region = cmp.Or(c.Region, "us-east-1")
	c.Prefix = cmp.Or(c.Prefix, service)
	c.Timeout = cmp.Or(c.Timeout, 5*time.Second)
	c.PartSize = cmp.Or(c.PartSize, 8<<20)
	c.Memory = cmp.Or(c.Memory, max(64<<20, c.PartSize))
	return c
}

// The limits of S3 itself.
const (
	minPart  = 5 << 20 // bytes
	maxPart  = 5 << 30
	maxParts = 10_000
)

var (
	bucketForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$`)
	prefixForm = regexp.MustCompile(`^[A-Za-z0-9_.-]{0,64}$`)
)

// Check reports values that are out of range.
func (c Config) Check(report func(field, problem string)) {
	c = c.filled("")
	if at, err := url.Parse(c.Endpoint); err != nil || at.Scheme != "http" && at.Scheme != "https" || at.Host == "" || at.User != nil {
		report("Endpoint", "must be a URL such as https://s3.eu-central-1.amazonaws.com")
	}
	if !bucketForm.MatchString(c.Bucket) {
		report("Bucket", "must be 3 to 63 lower-case letters, digits, - and .")
	}
	if (c.AccessKey == "") != c.SecretKey.IsZero() {
		report("AccessKey", "and SecretKey go together")
	}
	if (c.CertFile == "") != (c.KeyFile == "") {
		report("CertFile", "and KeyFile go together")
	}
	if !prefixForm.MatchString(c.Prefix) {
		report("Prefix", "must be up to 64 letters, digits, - _ and .")
	}
	if c.Timeout < 10*time.Millisecond || c.Timeout > time.Minute {
		report("Timeout", "must be from 10ms to 1m, or 0 for the default")
	}
	if c.PartSize < minPart || c.PartSize > maxPart {
		report("PartSize", "must be from 5242880 to 5368709120 bytes, or 0 for the default")
	}
	if c.Memory < c.PartSize {
		report("Memory", "must be at least PartSize, or 0 for the default")
	}
}

// KeyOf returns which key of the section leads to an error.
func (Config) KeyOf(err error) string { return cmp.Or(keyed.Of(err), "endpoint") }
