package s3blobs_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/blobstest"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/s3blobs"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// patient is a timeout that a busy machine does not exceed.
const patient = 30 * time.Second

// at returns the configuration for a server, with a prefix that no other test has.
func at(url string, timeout time.Duration) s3blobs.Config {
	return s3blobs.Config{
		Endpoint: url, Bucket: testserver.S3Bucket, PathStyle: true, PartSize: 5 << 20, Timeout: timeout,
		AccessKey: testserver.S3AccessKey, SecretKey: kit.NewSecret(testserver.S3SecretKey), Prefix: fmt.Sprintf("test%d", rand.Uint64()),
	}
}

func open(t testing.TB, c s3blobs.Config) *s3blobs.Blobs {
	t.Helper()
	b, err := s3blobs.New("shop", c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	return b
}

func TestSeaweedFS(t *testing.T) {
	url := testserver.S3(t)
	blobstest.Run(t, func(t *testing.T) blobs.Driver { return open(t, at(url, patient)) })
}

func TestVersityGW(t *testing.T) {
	url := testserver.VersityGW(t)
	blobstest.RunTree(t, func(t *testing.T) blobs.Driver { return open(t, at(url, patient)) })
}

func TestProcesses(t *testing.T) {
	blobstest.Shared(t, func() string { return testserver.S3(t) + " " + at("", 0).Prefix }, func(t *testing.T, place string) blobs.Driver {
		url, prefix, _ := strings.Cut(place, " ")
		c := at(url, patient)
		c.Prefix = prefix
		return open(t, c)
	})
}

// TestProjectsDoNotMeet shows that what begins alike is another's.
func TestProjectsDoNotMeet(t *testing.T) {
	c := at(testserver.S3(t), patient)
	ours := blobstest.Over(t, open(t, c))
	c.Prefix += "x"
	theirs := blobstest.Over(t, open(t, c))
	if _, err := theirs.Put(t.Context(), "one", strings.NewReader("theirs"), kit.BlobPut{}); err != nil {
		t.Fatal(err)
	}
	if all, _, err := ours.List(t.Context(), "", "", 10); len(all) > 0 || err != nil {
		t.Errorf("there are %v, %v", all, err)
	}
}

// both returns what opens the blobs of a server with a short timeout, and the same blobs with
// one that a busy machine does not exceed.
func both(t *testing.T, url string) (hasty func(url string) blobs.Driver, sure blobs.Driver) {
	c := at(url, patient)
	sure = open(t, c)
	c.Timeout = time.Second
	return func(url string) blobs.Driver {
		c.Endpoint = url
		return open(t, c)
	}, sure
}

func TestFaults(t *testing.T) {
	s := testserver.StartS3(t)
	hasty, sure := both(t, s.URL())
	blobstest.Faults(t, s, hasty(s.URL()), sure)
}

func TestCutOff(t *testing.T) {
	hasty, sure := both(t, testserver.S3(t))
	blobstest.CutOff(t, testserver.S3(t), hasty, sure)
}

// TestEmptied has somebody remove the bucket, and make it again.
func TestEmptied(t *testing.T) {
	s := testserver.StartS3(t)
	b := blobstest.Over(t, open(t, at(s.URL(), patient)))
	blobstest.Works(t, b)
	if _, err := b.Put(t.Context(), "a", strings.NewReader("a"), kit.BlobPut{}); err != nil {
		t.Fatal(err)
	}
	shell := func(command string) { s.Exec("sh", "-c", "echo '"+command+"' | weed shell || true") } // it may have been done by an attempt before
	shell("s3.bucket.delete -name " + testserver.S3Bucket)
	brokertest.Eventually(t, "there is no bucket", func() bool {
		_, _, err := b.List(t.Context(), "", "", 10)
		return kit.CodeOf(err) == kit.Unavailable && strings.Contains(b.Ping(t.Context()).Error(), "there is no bucket")
	})
	shell("s3.bucket.create -name " + testserver.S3Bucket)
	blobstest.Works(t, b)
	if _, err := b.Stat(t.Context(), "a"); kit.CodeOf(err) != kit.NotFound {
		t.Errorf("what is gone: %v", err)
	}
}

// TestFull shows that a server without room says so, serves what it has, and takes blobs
// again when there is room.
func TestFull(t *testing.T) {
	s, disk := testserver.StartS3OnDisk(t)
	blobstest.Full(t, open(t, at(s.URL(), patient)), disk.Fill, disk.Free)
}

// TestLateServer shows that a server which is away at the start is used once it is there.
func TestLateServer(t *testing.T) {
	s := testserver.StartS3(t)
	blobstest.Late(t, s, func() blobs.Driver { return open(t, at(s.URL(), time.Second)) })
}

// TestUnfinishedUploads shows that what a process which died has left is removed, and what
// is under way is not.
func TestUnfinishedUploads(t *testing.T) {
	c := at(testserver.S3(t), patient)
	d := open(t, c)
	b := blobstest.Over(t, d)
	clean := func(since time.Time) {
		t.Helper()
		if err := d.Clean(t.Context(), since); err != nil {
			t.Fatal(err)
		}
	}
	data := make([]byte, 12<<20)
	for want, since := range map[kit.Code]time.Time{"": time.Now().Add(-time.Hour), kit.Unavailable: time.Now().Add(time.Hour)} {
		source := &pausing{data: bytes.NewReader(data), at: 11 << 20, pause: func() { clean(since) }}
		_, err := b.Put(t.Context(), "one"+string(want), source, kit.BlobPut{})
		if got := kit.CodeOf(err); got != want {
			t.Errorf("got %v, want code %q", err, want)
		}
	}
	if all, _, err := b.List(t.Context(), "", "", 10); len(all) != 1 || err != nil {
		t.Errorf("there are %v, %v", all, err)
	}
}

// pausing does something before it goes on.
type pausing struct {
	data  *bytes.Reader
	at    int64
	pause func()
}

func (p *pausing) Read(b []byte) (int, error) {
	if p.pause != nil && p.data.Size()-int64(p.data.Len()) >= p.at {
		p.pause()
		p.pause = nil
	}
	return p.data.Read(b)
}
