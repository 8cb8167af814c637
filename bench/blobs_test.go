package bench

import (
	"bytes"
	"context"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/outgrowkit/outgrow/bench/paired"
	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/folderblobs"
	"github.com/outgrowkit/outgrow/templates/kit/s3blobs"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

const megabytes = "MB/s"

var blobRows = []paired.Row{
	blobRow("folder-put", "put of 16 MB into a folder, flushed", "os by hand", inFolder, byOS, (blobStore).put),
	blobRow("folder-get", "get of 16 MB from a folder", "os and crc32 by hand", inFolder, byOS, (blobStore).get),
	blobRow("s3-put", "put of 4 MB on SeaweedFS", "aws-sdk-go-v2 by hand", onS3, bySDK, (blobStore).put),
	blobRow("s3-get", "get of 4 MB from SeaweedFS", "aws-sdk-go-v2 and crc32 by hand", onS3, bySDK, (blobStore).get),
}

// blobStore keeps streams of a size.
type blobStore struct {
	size     int64
	putOne   func(ctx context.Context, name string, data io.Reader) error
	getOne   func(ctx context.Context, name string) (io.ReadCloser, error)
	parallel int
}

func (s blobStore) put(ctx context.Context, name string) error {
	return s.putOne(ctx, name, bytes.NewReader(blobContent[:s.size]))
}

func (s blobStore) get(ctx context.Context, name string) error {
	body, err := s.getOne(ctx, name)
	if err != nil {
		return err
	}
	defer body.Close() //nolint:errcheck // it was only read
	n, err := io.CopyBuffer(struct{ io.Writer }{io.Discard}, body, make([]byte, 256<<10))
	if err == nil && n != s.size {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// blobContent is what is put.
var blobContent = func() []byte {
	data := make([]byte, 16_000_000)
	for i := range data {
		data[i] = byte(i * i >> 7)
	}
	return data
}()

// blobRow is a row of two stores that do the same.
func blobRow(name, title, byHand string, a, b func(*testing.T) blobStore, do func(blobStore, context.Context, string) error) paired.Row {
	return paired.Row{
		Name: "blobs-" + name, Title: title, A: "blobs", B: byHand,
		Lines: []paired.Line{{Figure: megabytes, AtLeast: 0.95}},
		Open: func(t *testing.T) paired.Sides {
			return paired.Sides{A: blobRound(a(t), do), B: blobRound(b(t), do)}
		},
	}
}

func blobRound(s blobStore, do func(blobStore, context.Context, string) error) paired.Round {
	return func(t *testing.T, d time.Duration) paired.Figures {
		t.Helper()
		for g := range s.parallel {
			if err := s.put(t.Context(), strconv.Itoa(g)); err != nil {
				t.Fatal(err)
			}
		}
		var done atomic.Int64
		var all sync.WaitGroup
		began := time.Now()
		for g := range s.parallel {
			all.Go(func() {
				for time.Since(began) < d {
					if err := do(s, t.Context(), strconv.Itoa(g)); err != nil {
						t.Error(err)
						return
					}
					done.Add(s.size)
				}
			})
		}
		all.Wait()
		return paired.Figures{megabytes: float64(done.Load()) / 1e6 / time.Since(began).Seconds()}
	}
}

// blobsOver is a store of the kit.
func blobsOver(t *testing.T, d blobs.Driver, err error, size int64, parallel int) blobStore {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	b := blobs.New(blobs.Config{MaxSize: 1 << 30}, d)
	t.Cleanup(func() { _ = b.Close() })
	return blobStore{
		size: size, parallel: parallel,
		putOne: func(ctx context.Context, name string, data io.Reader) error {
			_, err := b.Put(ctx, name, data, kit.BlobPut{})
			return err
		},
		getOne: func(ctx context.Context, name string) (io.ReadCloser, error) {
			_, body, err := b.Get(ctx, name, kit.BlobGet{})
			return body, err
		},
	}
}

func inFolder(t *testing.T) blobStore {
	d, err := folderblobs.New("shop", folderblobs.Config{Path: t.TempDir()})
	return blobsOver(t, d, err, 16_000_000, 2)
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// summed is what is read, whose checksum is computed while it is read.
type summed struct {
	io.Reader
	io.Closer
}

// byOS writes to a file that is renamed when it is on the disk, and computes a checksum of
// what it reads.
func byOS(t *testing.T) blobStore {
	dir := t.TempDir()
	return blobStore{
		size: 16_000_000, parallel: 2,
		putOne: func(_ context.Context, name string, data io.Reader) error {
			file, err := os.CreateTemp(dir, "")
			if err != nil {
				return err
			}
			defer file.Close() //nolint:errcheck // it is flushed by then
			if _, err := io.CopyBuffer(struct{ io.Writer }{file}, struct{ io.Reader }{data}, make([]byte, 256<<10)); err != nil {
				return err
			}
			if err := file.Sync(); err != nil {
				return err
			}
			if err := os.Rename(file.Name(), filepath.Join(dir, name)); err != nil {
				return err
			}
			folder, err := os.Open(dir)
			if err != nil {
				return err
			}
			defer folder.Close() //nolint:errcheck // it was only flushed
			return folder.Sync()
		},
		getOne: func(_ context.Context, name string) (io.ReadCloser, error) {
			file, err := os.Open(filepath.Join(dir, name))
			return summed{io.TeeReader(file, crc32.New(castagnoli)), file}, err
		},
	}
}

func onS3(t *testing.T) blobStore {
	d, err := s3blobs.New("shop", s3blobs.Config{
		Endpoint: testserver.S3(t), Bucket: testserver.S3Bucket, PathStyle: true, Timeout: time.Minute,
		AccessKey: testserver.S3AccessKey, SecretKey: kit.NewSecret(testserver.S3SecretKey),
	})
	return blobsOver(t, d, err, 4_000_000, 4)
}

// bySDK sends what is in memory already.
func bySDK(t *testing.T) blobStore {
	client := s3.New(s3.Options{
		BaseEndpoint: aws.String(testserver.S3(t)), Region: "us-east-1", UsePathStyle: true,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: testserver.S3AccessKey, SecretAccessKey: testserver.S3SecretKey}, nil
		}),
	})
	bucket := aws.String(testserver.S3Bucket)
	return blobStore{
		size: 4_000_000, parallel: 4,
		putOne: func(ctx context.Context, name string, data io.Reader) error {
			_, err := client.PutObject(ctx, &s3.PutObjectInput{Bucket: bucket, Key: aws.String("hand/" + name), Body: data})
			return err
		},
		getOne: func(ctx context.Context, name string) (io.ReadCloser, error) {
			out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: bucket, Key: aws.String("hand/" + name)})
			if err != nil {
				return nil, err
			}
			return summed{io.TeeReader(out.Body, crc32.New(castagnoli)), out.Body}, nil
		},
	}
}
