package blobstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

func whatIsPutIsKept(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	for i, n := range []int{0, 1, 1000, 64 << 10, 64<<10 + 1, 5 << 20, 5<<20 + 1, large} {
		name, data := fmt.Sprint("kept/", i), content(uint64(i), n)
		how := kit.BlobPut{Type: "image/png; a=\"b\"", Meta: map[string]string{"name": "Größe 100%.png", "a-1": "\r\nx: y"}}
		if i == 0 {
			how = kit.BlobPut{}
		}
		began := time.Now()
		made := put(t, b, name, data, how)
		read := holds(t, b, name, data)
		stat, err := b.Stat(t.Context(), name)
		assert.NoError(t, err)
		if i == 0 {
			how.Type = "application/octet-stream"
		}
		for about, blob := range map[string]kit.Blob{"Put": made, "Get": read, "Stat": stat} {
			if blob.Name != name || blob.Size != int64(n) || blob.ETag == "" || blob.ETag != made.ETag || strings.Contains(blob.ETag, `"`) ||
				blob.Type != how.Type || fmt.Sprint(blob.Meta) != fmt.Sprint(how.Meta) {
				t.Errorf("%s returns %+v", about, blob)
			}
			if far := blob.Modified.Sub(began).Abs(); far > 10*time.Minute {
				t.Errorf("%s says that it was put at %v, which was %v", about, blob.Modified, began)
			}
		}
	}
}

func putReplaces(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	before := ""
	for i, n := range []int{10, large, 0, 5} {
		data := content(uint64(i), n)
		blob := put(t, b, "one", data, kit.BlobPut{Meta: map[string]string{"i": fmt.Sprint(i)}})
		if blob.ETag == before {
			t.Errorf("the ETag is %s again", before)
		}
		before = blob.ETag
		if read := holds(t, b, "one", data); read.Meta["i"] != fmt.Sprint(i) {
			t.Errorf("the metadata is %v", read.Meta)
		}
	}
	names(t, b, "", 10, "one")
}

func absentIsNotFound(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	put(t, b, "there/is", nil, kit.BlobPut{})
	for _, name := range []string{"nothing", "there", "there/is/not"} {
		isAbsent := func(err error) {
			t.Helper()
			assert.Code(t, err, kit.NotFound)
		}
		_, _, err := b.Get(t.Context(), name, kit.BlobGet{})
		isAbsent(err)
		_, err = b.Stat(t.Context(), name)
		isAbsent(err)
		_, err = b.Copy(t.Context(), name, "to")
		isAbsent(err)
	}
	names(t, b, "", 10, "there/is")
}

// failing is a body that ends with an error.
type failing struct {
	data []byte
	err  error
	then func()
}

func (f *failing) Read(p []byte) (int, error) {
	if len(f.data) == 0 {
		if f.then != nil {
			f.then()
		}
		return 0, f.err
	}
	n := copy(p, f.data)
	f.data = f.data[n:]
	return n, nil
}

// putIsAtomic shows that a put whose body fails leaves what there was, and nothing else.
func putIsAtomic(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	put(t, b, "old", []byte("old"), kit.BlobPut{})
	for _, n := range []int{0, 10, 100_000, large} {
		for _, cause := range []error{errors.New("the disk is broken"), io.ErrUnexpectedEOF, fmt.Errorf("not quite: %w", io.EOF)} {
			for _, name := range []string{"old", "new"} {
				_, err := b.Put(t.Context(), name, &failing{data: content(1, n), err: cause}, kit.BlobPut{})
				if !errors.Is(err, cause) {
					t.Errorf("got %v, want %v", err, cause)
				}
			}
		}
		holds(t, b, "old", []byte("old"))
		isAbsent(t, b, "new")
	}
}

// endedPutsAreNot shows the same if the context ends, with the body or after it.
func endedPutsAreNot(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	put(t, b, "old", []byte("old"), kit.BlobPut{})
	for _, n := range []int{0, 10, 100_000, large} {
		for _, end := range []error{nil, io.EOF} {
			for _, name := range []string{"old", "new"} {
				ctx, cancel := context.WithCancel(t.Context())
				_, err := b.Put(ctx, name, &failing{data: content(1, n), err: end, then: cancel}, kit.BlobPut{})
				assert.Ended(t, err)
				cancel()
			}
		}
		holds(t, b, "old", []byte("old"))
		isAbsent(t, b, "new")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, _, err := b.Get(ctx, "old", kit.BlobGet{})
	assert.Ended(t, err)
	assert.Ended(t, b.Delete(ctx, "old"))
	holds(t, b, "old", []byte("old"))
}

func tooLargeIsNot(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	_, err := b.Put(t.Context(), "endless", endless{}, kit.BlobPut{})
	assert.Code(t, err, kit.Invalid)
	isAbsent(t, b, "endless")
	put(t, b, "full", content(1, most), kit.BlobPut{})
	holds(t, b, "full", content(1, most))
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

func onlyIfAbsent(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	for _, n := range []int{10, large} {
		name := fmt.Sprint("first", n)
		put(t, b, name, content(1, n), kit.BlobPut{IfAbsent: true})
		_, err := b.Put(t.Context(), name, bytes.NewReader(content(2, n)), kit.BlobPut{IfAbsent: true})
		assert.Code(t, err, kit.AlreadyExists)
		holds(t, b, name, content(1, n))
		assert.NoError(t, b.Delete(t.Context(), name))
		put(t, b, name, content(3, n), kit.BlobPut{IfAbsent: true})
		holds(t, b, name, content(3, n))
	}
}

func onlyIfMatching(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	for _, n := range []int{10, large} {
		name := fmt.Sprint("swapped", n)
		_, err := b.Put(t.Context(), name, bytes.NewReader(content(1, n)), kit.BlobPut{IfMatch: "none"})
		assert.Code(t, err, kit.Conflict)
		isAbsent(t, b, name)
		first := put(t, b, name, content(1, n), kit.BlobPut{})
		second := put(t, b, name, content(2, n), kit.BlobPut{IfMatch: first.ETag})
		_, err = b.Put(t.Context(), name, bytes.NewReader(content(3, n)), kit.BlobPut{IfMatch: first.ETag})
		assert.Code(t, err, kit.Conflict)
		if blob := holds(t, b, name, content(2, n)); blob.ETag != second.ETag {
			t.Errorf("the ETag is %s, want %s", blob.ETag, second.ETag)
		}
	}
}

// oneOfManyPuts has several puts of one name with the same condition at the same time.
func oneOfManyPuts(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	const many = 16
	how := kit.BlobPut{IfAbsent: true}
	for round := range 5 {
		won := make(chan kit.Blob, many)
		assert.Concurrently(many, func(i int) {
			blob, err := b.Put(t.Context(), "one", strings.NewReader(fmt.Sprint(round, "/", i)), how)
			if err == nil {
				won <- blob
			} else if code := kit.CodeOf(err); code != kit.AlreadyExists && code != kit.Conflict {
				t.Error(err)
			}
		})
		if len(won) != 1 {
			t.Fatalf("%d of %d puts succeeded, each on the condition that it is the first", len(won), many)
		}
		how = kit.BlobPut{IfMatch: (<-won).ETag}
	}
}
