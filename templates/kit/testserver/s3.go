package testserver

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/testcontainers/testcontainers-go"
)

// The keys and the bucket of the servers for S3.
const (
	S3AccessKey = "shop"
	S3SecretKey = "the secret key of shop"
	S3Bucket    = "blobs"
)

const s3Users = `{"identities": [{"name": "shop", "credentials": [{"accessKey": "` + S3AccessKey + `", "secretKey": "` + S3SecretKey + `"}],
 "actions": ["Admin", "Read", "Write", "List"]},
 {"name": "reader", "credentials": [{"accessKey": "reader", "secretKey": "` + S3SecretKey + `"}], "actions": ["Write:other"]}]}`

// seaweed is SeaweedFS, which serves S3.
var seaweed = kind{
	official: "chrislusf/seaweedfs:4.48",
	variable: "TEST_S3_IMAGE",
	port:     "8333/tcp",
	options:  func(int) []testcontainers.ContainerCustomizer { return nil },
	url:      "http://%s",
	answers:  makeBucket,
}

// VersityGW returns the URL of a gateway to a folder, for this test. It is for rare runs:
// where TEST_VERSITYGW_IMAGE names no image, the test is skipped.
func VersityGW(t testing.TB) string {
	t.Helper()
	k := seaweed
	k.official, k.variable, k.port = "versity/versitygw:v1.8.0", "TEST_VERSITYGW_IMAGE", "7070/tcp"
	k.options = func(int) []testcontainers.ContainerCustomizer {
		return []testcontainers.ContainerCustomizer{
			testcontainers.WithEnv(map[string]string{"ROOT_ACCESS_KEY": S3AccessKey, "ROOT_SECRET_KEY": S3SecretKey}),
			testcontainers.WithCmd("posix", "/tmp"),
		}
	}
	k.mustBeNamed(t)
	return k.own(t).URL()
}

// s3Options run SeaweedFS with more arguments, and the files that they name.
func s3Options(files map[string]string, args ...string) []testcontainers.ContainerCustomizer {
	all := map[string]string{"/etc/s3.json": s3Users}
	for path, text := range files {
		all[path] = text
	}
	return append(withFiles(all), testcontainers.WithEntrypoint("weed"), testcontainers.WithCmd(append([]string{
		"server", "-dir=/data", "-ip=127.0.0.1", "-ip.bind=0.0.0.0", "-filer", "-s3", "-s3.config=/etc/s3.json",
		"-volume.max=100", "-master.volumeSizeLimitMB=64", "-master.telemetry=false",
	}, args...)...))
}

// makeBucket makes the bucket, which succeeds when the server takes blobs.
func makeBucket(ctx context.Context, server *Server) error {
	c := s3.New(s3.Options{
		BaseEndpoint: aws.String(server.URL()), Region: "us-east-1", UsePathStyle: true, Retryer: aws.NopRetryer{},
		HTTPClient: &http.Client{Transport: &http.Transport{
			DisableKeepAlives: true,
			TLSClientConfig:   &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}, //nolint:gosec // it is a container of the test
		}},
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: S3AccessKey, SecretAccessKey: S3SecretKey}, nil
		}),
	})
	bucket := aws.String(S3Bucket)
	_, err := c.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: bucket})
	if err != nil && !strings.Contains(err.Error(), "BucketAlready") {
		return err
	}
	if _, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("ready"), Body: strings.NewReader("yes")}); err != nil {
		return fmt.Errorf("it does not take blobs yet: %w", err)
	}
	return nil
}

// sharedS3 starts the server that the tests of the binary share.
var sharedS3 = sync.OnceValues(func() (*Server, error) { return seaweed.start(s3Options(nil)...) })

// S3 returns the URL of a server that the tests of the package share. A test must use a
// prefix that no other test uses.
func S3(t testing.TB) string {
	t.Helper()
	return started(t, sharedS3).URL()
}

// StartS3 starts a server for this test.
func StartS3(t testing.TB) *Server {
	t.Helper()
	return seaweed.own(t, s3Options(nil)...)
}

// StartS3TLS starts a server for this test with a certificate, and its key, in PEM.
func StartS3TLS(t testing.TB, cert, key string) *Server {
	t.Helper()
	k := seaweed
	k.url = "https://%s"
	return k.own(t, s3Options(map[string]string{"/tls/cert.pem": cert, "/tls/key.pem": key},
		"-s3.cert.file=/tls/cert.pem", "-s3.key.file=/tls/key.pem")...)
}

// StartS3OnDisk is StartS3 with a small disk.
func StartS3OnDisk(t testing.TB) (*Server, *Disk) {
	t.Helper()
	return seaweed.onDisk(t, "/data", s3Options(nil)...)
}
