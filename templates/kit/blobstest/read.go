package blobstest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

func conditionalGet(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	first := put(t, b, "one", []byte("first"), kit.BlobPut{})
	second := put(t, b, "one", []byte("second"), kit.BlobPut{})
	_, data, err := get(t.Context(), b, "one", kit.BlobGet{IfMatch: second.ETag, IfNoneMatch: first.ETag})
	if string(data) != "second" || err != nil {
		t.Errorf("got %q, %v", data, err)
	}
	_, _, err = b.Get(t.Context(), "one", kit.BlobGet{IfMatch: first.ETag})
	assert.Code(t, err, kit.Conflict)
	blob, body, err := b.Get(t.Context(), "one", kit.BlobGet{IfNoneMatch: second.ETag})
	if blob.ETag != second.ETag || body != nil || err != nil {
		t.Errorf("got %+v, %v, %v for what is known", blob, body, err)
	}
}

func ranges(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	data := content(1, large)
	put(t, b, "one", data, kit.BlobPut{})
	for _, r := range [][2]int64{{0, 1}, {0, 1000}, {1000, 1000}, {5<<20 - 10, 20}, {large - 1, 1}, {large - 1, 0}, {large - 10, 100}, {0, large}, {7, 0}} {
		blob, got, err := get(t.Context(), b, "one", kit.BlobGet{Offset: r[0], Length: r[1]})
		assert.NoError(t, err)
		end := int64(large)
		if r[1] > 0 {
			end = min(end, r[0]+r[1])
		}
		if !bytes.Equal(got, data[r[0]:end]) || blob.Size != large {
			t.Errorf("%v: got %d bytes of %d, want %d of %d", r, len(got), blob.Size, end-r[0], large)
		}
	}
	put(t, b, "empty", nil, kit.BlobPut{})
	for name, offset := range map[string]int64{"one": large, "empty": 1} {
		_, _, err := b.Get(t.Context(), name, kit.BlobGet{Offset: offset})
		assert.Code(t, err, kit.Invalid)
	}
	_, _, err := b.Get(t.Context(), "one", kit.BlobGet{Offset: -1})
	assert.Code(t, err, kit.Invalid)
}

// various are names of which some go on where others end.
var various = []string{"A", "B/a", "a", "a-", "a-b", "a.b/c", "a/b", "a/b-c", "a/b/c", "a0", "aB", "b/1", "b/2", "c"}

func listIsWhole(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	names(t, b, "", 10)
	for _, name := range various {
		put(t, b, name, []byte("x"), kit.BlobPut{Type: "text/plain", Meta: map[string]string{"a": "b"}})
	}
	for limit := 1; limit <= len(various)+1; limit++ {
		names(t, b, "", limit, various...)
	}
	stat, err := b.Stat(t.Context(), "c")
	assert.NoError(t, err)
	all, _, err := b.List(t.Context(), "c", "", 1)
	assert.NoError(t, err)
	if len(all) != 1 || all[0].ETag != stat.ETag || all[0].Size != 1 || all[0].Type != "" || all[0].Meta != nil || !all[0].Modified.Truncate(time.Second).Equal(stat.Modified.Truncate(time.Second)) {
		t.Errorf("listed as %+v, and is %+v", all, stat)
	}
	for _, limit := range []int{0, -1, 1001} {
		_, _, err := b.List(t.Context(), "", "", limit)
		assert.Code(t, err, kit.Invalid)
	}
}

func listByPrefix(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	for _, name := range various {
		put(t, b, name, nil, kit.BlobPut{})
	}
	for prefix, want := range map[string]string{
		"a/": "a/b a/b-c a/b/c", "a": "a a- a-b a.b/c a/b a/b-c a/b/c a0 aB", "a/b": "a/b a/b-c a/b/c", "a/b/": "a/b/c", "a.": "a.b/c", "B": "B/a", "b": "b/1 b/2", "nothing/": "",
	} {
		for _, limit := range []int{1, 2, 100} {
			names(t, b, prefix, limit, strings.Fields(want)...)
		}
	}
	for _, prefix := range []string{"/", "a//", "ü", "a b"} {
		_, _, err := b.List(t.Context(), prefix, "", 10)
		assert.Code(t, err, kit.Invalid)
	}
}

// listWhileItChanges shows that what is there all the time is on one page, also if what was
// on the page before is gone.
func listWhileItChanges(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	for i := range 20 {
		put(t, b, fmt.Sprintf("a/%02d", i), nil, kit.BlobPut{})
	}
	seen := 0
	for cursor, first := "", true; first || cursor != ""; first = false {
		page, next, err := b.List(t.Context(), "a/", cursor, 3)
		assert.NoError(t, err)
		for _, blob := range page {
			assert.NoError(t, b.Delete(t.Context(), blob.Name))
			seen++
		}
		cursor = next
	}
	if seen != 20 {
		t.Errorf("%d of 20 were on the pages", seen)
	}
}

func namesAreApart(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	part := strings.Repeat("X", 120)
	all := append([]string{part + "/" + part, part + "/" + part + "/" + part + "/" + part, "...", "x.", "con", "a_b", "-"}, various...)
	for i, name := range all {
		put(t, b, name, content(uint64(i), 10), kit.BlobPut{})
	}
	for i, name := range all {
		holds(t, b, name, content(uint64(i), 10))
	}
	for i, name := range all {
		assert.NoError(t, b.Delete(t.Context(), name))
		isGone(t, b, name)
		if i+1 < len(all) {
			holds(t, b, all[i+1], content(uint64(i+1), 10))
		}
	}
	names(t, b, "", 10)
	for _, name := range []string{"", "/", "a/", "/a", "a//b", ".", "..", "a/../b", "a b", "ü", "a\x00", "a?b", "a%2f", "a\\b", strings.Repeat("a", 121), strings.Repeat("a/", 250) + "a"} {
		_, err := b.Put(t.Context(), name, strings.NewReader(""), kit.BlobPut{})
		assert.Code(t, err, kit.Invalid)
		_, err = b.Stat(t.Context(), name)
		assert.Code(t, err, kit.Invalid)
		assert.Code(t, b.Delete(t.Context(), name), kit.Invalid)
	}
}

// foldersAreNotBlobs shows that a name which cannot be used beside another one is refused, and
// that all others are apart.
func foldersAreNotBlobs(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	all := []string{"A", "B/a", "a-", "a-b", "a.b/c", "a/b-c", "a/b/c", "a0", "aB", "b/1", "b/2", "c"}
	for i, name := range all {
		put(t, b, name, content(uint64(i), 10), kit.BlobPut{})
	}
	for _, name := range []string{"a", "a/b", "c/d", "a/b/c/d"} {
		_, err := b.Put(t.Context(), name, strings.NewReader("x"), kit.BlobPut{})
		assert.Code(t, err, kit.Invalid)
		isGone(t, b, name)
		_, err = b.Copy(t.Context(), "c", name)
		assert.Code(t, err, kit.Invalid)
		assert.NoError(t, b.Delete(t.Context(), name))
	}
	for limit := 1; limit <= len(all)+1; limit++ {
		names(t, b, "", limit, all...)
	}
	names(t, b, "a/b", 1, "a/b-c", "a/b/c")
	for i, name := range all {
		holds(t, b, name, content(uint64(i), 10))
		assert.NoError(t, b.Delete(t.Context(), name))
		isGone(t, b, name)
	}
	names(t, b, "", 10)
}

func isGone(t *testing.T, b kit.Blobs, name string) {
	t.Helper()
	_, err := b.Stat(t.Context(), name)
	assert.Code(t, err, kit.NotFound)
}

func copyIsWhole(t *testing.T, b *blobs.Blobs, d blobs.Driver) {
	for i, n := range []int{0, 10, large} {
		from, to, data := fmt.Sprint("from", i), fmt.Sprint("to/", i), content(uint64(i), n)
		put(t, b, from, data, kit.BlobPut{Type: "text/plain", Meta: map[string]string{"name": "ä"}})
		put(t, b, to, []byte("before"), kit.BlobPut{})
		blob, err := b.Copy(t.Context(), from, to)
		assert.NoError(t, err)
		assert.NoError(t, b.Delete(t.Context(), from))
		read := holds(t, b, to, data)
		for about, got := range map[string]kit.Blob{"Copy": blob, "Get": read} {
			if got.Name != to || got.Size != int64(n) || got.Type != "text/plain" || got.Meta["name"] != "ä" || got.ETag != read.ETag {
				t.Errorf("%s returns %+v", about, got)
			}
		}
		hasSum(t, d, to, data)
	}
}

func deleteRemoves(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	put(t, b, "a/b", nil, kit.BlobPut{})
	put(t, b, "a/b/c", []byte("kept"), kit.BlobPut{})
	for range 3 {
		assert.NoError(t, b.Delete(t.Context(), "a/b"))
		isGone(t, b, "a/b")
	}
	assert.NoError(t, b.Delete(t.Context(), "never/was"))
	holds(t, b, "a/b/c", []byte("kept"))
	put(t, b, "a/b", []byte("again"), kit.BlobPut{})
	holds(t, b, "a/b", []byte("again"))
}

// hasSum shows that reading the blob is compared with what was put.
func hasSum(t *testing.T, d blobs.Driver, name string, data []byte) {
	t.Helper()
	o, err := d.Get(t.Context(), name, kit.BlobGet{})
	assert.NoError(t, err)
	assert.NoError(t, o.Body.Close())
	if o.Sum.Text == "" {
		t.Errorf("%s has no sum", name)
	}
	broken := append([]byte(nil), data...)
	for _, at := range []int{0, len(data) / 2, len(data) - 1} {
		if len(data) == 0 {
			return
		}
		broken[at] ^= 1
		b := Over(t, replaced{d, broken})
		_, got, err := get(t.Context(), b, name, kit.BlobGet{})
		assert.Code(t, err, kit.Internal)
		if len(got) == len(data) {
			t.Errorf("all of a blob that is broken at %d was read", at)
		}
		broken[at] ^= 1
	}
}

// replaced is a driver whose blobs have other content.
type replaced struct {
	blobs.Driver
	data []byte
}

func (r replaced) Get(ctx context.Context, name string, what kit.BlobGet) (blobs.Object, error) {
	o, err := r.Driver.Get(ctx, name, what)
	if err == nil {
		err = o.Body.Close()
		o.Body = io.NopCloser(bytes.NewReader(r.data))
	}
	return o, err
}

func (replaced) Close() error { return nil }

func sumsAreKept(t *testing.T, b *blobs.Blobs, d blobs.Driver) {
	for i, n := range []int{0, 10, 1 << 20, 5 << 20, 10 << 20, large} {
		name, data := fmt.Sprint("one", i), content(uint64(i), n)
		put(t, b, name, data, kit.BlobPut{})
		hasSum(t, d, name, data)
	}
}

// readersGetOne shows that whoever reads while others put gets what one of them put.
func readersGetOne(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	const size = 300_000
	version := func(i int) []byte { return bytes.Repeat([]byte{byte(i)}, size+i) }
	put(t, b, "one", version(0), kit.BlobPut{})
	assert.Concurrently(8, func(i int) {
		for n := range 10 {
			if i%2 == 0 {
				if _, err := b.Put(t.Context(), "one", bytes.NewReader(version(i*10+n)), kit.BlobPut{}); err != nil {
					t.Error(err)
				}
				continue
			}
			blob, data, err := get(t.Context(), b, "one", kit.BlobGet{})
			if err != nil {
				t.Error(err)
			} else if int64(len(data)) != blob.Size || !bytes.Equal(data, version(len(data)-size)) {
				t.Errorf("%d bytes of several puts", len(data))
			}
		}
	})
}
