// Package blobstest is what all blobs must keep: Run for a driver, Shared for the processes
// that use the same blobs, and Faults for a driver whose server fails.
package blobstest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/internal/assert"
)

// large is more than a driver sends at once, in bytes, and not a whole number of parts.
const large = 11<<20 + 17

// most is how large a blob of the suite may be, in bytes.
const most = 16 << 20

// Run tests a driver. open returns one with no blobs.
func Run(t *testing.T, open func(t *testing.T) blobs.Driver) {
	for name, test := range map[string]func(*testing.T, *blobs.Blobs, blobs.Driver){
		"WhatIsPutIsKept":     whatIsPutIsKept,
		"PutReplaces":         putReplaces,
		"AbsentIsNotFound":    absentIsNotFound,
		"PutIsAtomic":         putIsAtomic,
		"EndedPutsAreNot":     endedPutsAreNot,
		"TooLargeIsNot":       tooLargeIsNot,
		"OnlyIfAbsent":        onlyIfAbsent,
		"OnlyIfMatching":      onlyIfMatching,
		"OneOfManyPuts":       oneOfManyPuts,
		"ConditionalGet":      conditionalGet,
		"Ranges":              ranges,
		"ListIsWhole":         listIsWhole,
		"ListByPrefix":        listByPrefix,
		"ListWhileItChanges":  listWhileItChanges,
		"NamesAreApart":       namesAreApart,
		"CopyIsWhole":         copyIsWhole,
		"DeleteRemoves":       deleteRemoves,
		"SumsAreKept":         sumsAreKept,
		"ReadersGetOne":       readersGetOne,
		"Links":               links,
		"Answers":             answers,
		"ClosedIsUnavailable": closedIsUnavailable,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := open(t)
			test(t, Over(t, d), d)
		})
	}
}

// Over returns Blobs over a driver, which are closed after the test.
func Over(t testing.TB, d blobs.Driver) *blobs.Blobs {
	b := blobs.New(blobs.Config{MaxSize: most}, d)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// content returns some bytes, which are others for another seed.
func content(seed uint64, n int) []byte {
	data := make([]byte, n)
	source := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = source.Read(data)
	return data
}

func put(t *testing.T, b kit.Blobs, name string, data []byte, how kit.BlobPut) kit.Blob {
	t.Helper()
	blob, err := b.Put(t.Context(), name, bytes.NewReader(data), how)
	assert.NoError(t, err)
	return blob
}

// get returns a blob and what is read of it.
func get(ctx context.Context, b kit.Blobs, name string, what kit.BlobGet) (kit.Blob, []byte, error) {
	blob, body, err := b.Get(ctx, name, what)
	if err != nil {
		return blob, nil, err
	}
	if body == nil {
		return blob, nil, nil
	}
	data, err := io.ReadAll(body)
	return blob, data, errors.Join(err, body.Close())
}

func holds(t *testing.T, b kit.Blobs, name string, want []byte) kit.Blob {
	t.Helper()
	blob, data, err := get(t.Context(), b, name, kit.BlobGet{})
	assert.NoError(t, err)
	if !bytes.Equal(data, want) {
		t.Errorf("%s has %d bytes, %.20q, want %d, %.20q", name, len(data), data, len(want), want)
	}
	return blob
}

func isAbsent(t *testing.T, b kit.Blobs, name string) {
	t.Helper()
	_, err := b.Stat(t.Context(), name)
	assert.Code(t, err, kit.NotFound)
	names(t, b, name, 10)
}

// names fails the test unless there are those names, on pages of up to limit.
func names(t *testing.T, b kit.Blobs, prefix string, limit int, want ...string) {
	t.Helper()
	var got []string
	for cursor, pages := "", 0; pages == 0 || cursor != ""; pages++ {
		page, next, err := b.List(t.Context(), prefix, cursor, limit)
		assert.NoError(t, err)
		if len(page) > limit || pages > 100 {
			t.Fatalf("page %d has %d blobs, want at most %d", pages, len(page), limit)
		}
		for _, blob := range page {
			got = append(got, blob.Name)
		}
		cursor = next
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("pages of %d of %q have %q, want %q", limit, prefix, got, want)
	}
}

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

func answers(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	assert.NoError(t, b.Ping(t.Context()))
	put(t, b, "one", nil, kit.BlobPut{})
	assert.NoError(t, b.Ping(t.Context()))
	assert.NoError(t, b.Clean(t.Context()))
	names(t, b, "", 10, "one")
}

func closedIsUnavailable(t *testing.T, b *blobs.Blobs, _ blobs.Driver) {
	put(t, b, "one", []byte("a"), kit.BlobPut{})
	assert.NoError(t, b.Close())
	isUnavailable(t, b)
	assert.NoError(t, b.Close())
}

// isUnavailable shows that everything says so.
func isUnavailable(t *testing.T, b *blobs.Blobs) {
	t.Helper()
	_, err := b.Put(t.Context(), "one", strings.NewReader("b"), kit.BlobPut{})
	assert.Code(t, err, kit.Unavailable)
	_, err = b.Put(t.Context(), "large", bytes.NewReader(content(1, large)), kit.BlobPut{})
	assert.Code(t, err, kit.Unavailable)
	_, _, err = get(t.Context(), b, "one", kit.BlobGet{})
	assert.Code(t, err, kit.Unavailable)
	_, err = b.Stat(t.Context(), "one")
	assert.Code(t, err, kit.Unavailable)
	_, _, err = b.List(t.Context(), "", "", 10)
	assert.Code(t, err, kit.Unavailable)
	_, err = b.Copy(t.Context(), "one", "other")
	assert.Code(t, err, kit.Unavailable)
	assert.Code(t, b.Delete(t.Context(), "one"), kit.Unavailable)
	assert.Code(t, b.Ping(t.Context()), kit.Unavailable)
}
