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

func TestFaults(t *testing.T) {
	s := testserver.StartS3(t)
	blobstest.Faults(t, s, open(t, at(s.URL(), time.Second)))
}

func TestCutOff(t *testing.T) {
	blobstest.CutOff(t, testserver.S3(t), func(url string) blobs.Driver { return open(t, at(url, time.Second)) })
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
