package blobstest_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/blobstest"
	"github.com/outgrowkit/outgrow/templates/kit/folderblobs"
	"github.com/outgrowkit/outgrow/templates/kit/internal/brokentest"
)

// breakages are ways to break a promise, each with the test that must fail.
var breakages = map[string]brokentest.Breakage[blobs.Driver]{
	"forgets metadata":                {Subtest: "WhatIsPutIsKept", Break: puts(func(_ *string, how *kit.BlobPut) { how.Meta = nil })},
	"keeps the first blob":            {Subtest: "PutReplaces", Break: func(d blobs.Driver) blobs.Driver { return stubborn{d} }},
	"makes up blobs":                  {Subtest: "AbsentIsNotFound", Break: func(d blobs.Driver) blobs.Driver { return inventive{d} }},
	"keeps what has failed":           {Subtest: "PutIsAtomic", Break: bodies(func(r io.Reader) io.Reader { return tolerant{r} })},
	"ignores its context":             {Subtest: "EndedPutsAreNot", Break: func(d blobs.Driver) blobs.Driver { return deaf{d} }},
	"keeps what is too large":         {Subtest: "TooLargeIsNot", Break: bodies(func(r io.Reader) io.Reader { return tolerant{r} })},
	"replaces what is there":          {Subtest: "OnlyIfAbsent", Break: puts(func(_ *string, how *kit.BlobPut) { how.IfAbsent = false })},
	"replaces what has changed":       {Subtest: "OnlyIfMatching", Break: puts(func(_ *string, how *kit.BlobPut) { how.IfMatch = "" })},
	"looks before it puts":            {Subtest: "OneOfManyPuts", Break: func(d blobs.Driver) blobs.Driver { return hasty{d} }},
	"reads what has changed":          {Subtest: "ConditionalGet", Break: gets(func(what *kit.BlobGet) { what.IfMatch = "" })},
	"reads what is known":             {Subtest: "ConditionalGet", Break: gets(func(what *kit.BlobGet) { what.IfNoneMatch = "" })},
	"reads from the start":            {Subtest: "Ranges", Break: gets(func(what *kit.BlobGet) { what.Offset = 0 })},
	"loses what is next":              {Subtest: "ListIsWhole", Break: func(d blobs.Driver) blobs.Driver { return losing{d} }},
	"counts pages":                    {Subtest: "ListWhileItChanges", Break: func(d blobs.Driver) blobs.Driver { return counting{d} }},
	"lists types":                     {Subtest: "ListIsWhole", Break: lists(func(all []kit.Blob) { all[0].Type = "text/plain" })},
	"lists all":                       {Subtest: "ListByPrefix", Break: func(d blobs.Driver) blobs.Driver { return unselective{d} }},
	"does not tell cases apart":       {Subtest: "NamesAreApart", Break: puts(func(name *string, _ *kit.BlobPut) { *name = strings.ToLower(*name) })},
	"copies half":                     {Subtest: "CopyIsWhole", Break: func(d blobs.Driver) blobs.Driver { return halving{d} }},
	"keeps what is deleted":           {Subtest: "DeleteRemoves", Break: func(d blobs.Driver) blobs.Driver { return hoarding{d} }},
	"deletes only what there is":      {Subtest: "DeleteRemoves", Break: func(d blobs.Driver) blobs.Driver { return strict{d} }},
	"has no sums":                     {Subtest: "SumsAreKept", Break: func(d blobs.Driver) blobs.Driver { return unsummed{d} }},
	"mixes what is put":               {Subtest: "ReadersGetOne", Break: func(d blobs.Driver) blobs.Driver { return mixing{d} }},
	"believes all links":              {Subtest: "Links", Break: func(d blobs.Driver) blobs.Driver { return trusting{d} }},
	"is never there":                  {Subtest: "Answers", Break: func(d blobs.Driver) blobs.Driver { _ = d.Close(); return d }},
	"removes what is kept, with dirt": {Subtest: "Answers", Break: func(d blobs.Driver) blobs.Driver { return thorough{d} }},
	"keeps blobs beside folders":      {Subtest: "Tree/FoldersAreNotBlobs", Break: func(d blobs.Driver) blobs.Driver { return d }},
	"serves when it is closed":        {Subtest: "ClosedIsUnavailable", Break: func(d blobs.Driver) blobs.Driver { return open{d} }},
}

func TestTheSuiteFindsWhatIsBroken(t *testing.T) { brokentest.Finds(t, breakages) }

// TestBroken is run by the test above.
func TestBroken(t *testing.T) {
	broken := brokentest.Chosen(t, breakages)
	open := func(t *testing.T) blobs.Driver {
		d, err := folderblobs.New("shop", folderblobs.Config{Path: filepath.Join(t.TempDir(), "blobs")})
		if err != nil {
			t.Fatal(err)
		}
		return broken(d)
	}
	blobstest.Run(t, open)
	t.Run("Tree", func(t *testing.T) { blobstest.RunTree(t, open) })
}

// changing changes what is asked for.
type changing struct {
	blobs.Driver
	put  func(*string, *kit.BlobPut)
	body func(io.Reader) io.Reader
	get  func(*kit.BlobGet)
	list func([]kit.Blob)
}

func puts(put func(*string, *kit.BlobPut)) func(blobs.Driver) blobs.Driver {
	return func(d blobs.Driver) blobs.Driver { return changing{Driver: d, put: put} }
}

func bodies(body func(io.Reader) io.Reader) func(blobs.Driver) blobs.Driver {
	return func(d blobs.Driver) blobs.Driver { return changing{Driver: d, body: body} }
}

func gets(get func(*kit.BlobGet)) func(blobs.Driver) blobs.Driver {
	return func(d blobs.Driver) blobs.Driver { return changing{Driver: d, get: get} }
}

func lists(list func([]kit.Blob)) func(blobs.Driver) blobs.Driver {
	return func(d blobs.Driver) blobs.Driver { return changing{Driver: d, list: list} }
}

func (d changing) Put(ctx context.Context, name string, body *blobs.Body, how kit.BlobPut) (kit.Blob, error) {
	if d.put != nil {
		d.put(&name, &how)
	}
	if d.body != nil {
		return putting(ctx, d.Driver, name, d.body(body), how)
	}
	return d.Driver.Put(ctx, name, body, how)
}

// putting puts another body.
func putting(ctx context.Context, d blobs.Driver, name string, body io.Reader, how kit.BlobPut) (kit.Blob, error) {
	return blobs.New(blobs.Config{MaxSize: 1 << 30}, d).Put(ctx, name, body, how)
}

func (d changing) Get(ctx context.Context, name string, what kit.BlobGet) (blobs.Object, error) {
	if d.get != nil {
		d.get(&what)
	}
	return d.Driver.Get(ctx, name, what)
}

func (d changing) List(ctx context.Context, prefix, cursor string, limit int) ([]kit.Blob, string, error) {
	page, next, err := d.Driver.List(ctx, prefix, cursor, limit)
	if d.list != nil && len(page) > 0 {
		d.list(page)
	}
	return page, next, err
}

// losing has what begins as the last name of a page on no other one.
type losing struct{ blobs.Driver }

func (d losing) List(ctx context.Context, prefix, cursor string, limit int) ([]kit.Blob, string, error) {
	page, next, err := d.Driver.List(ctx, prefix, cursor, limit)
	return slices.DeleteFunc(page, func(b kit.Blob) bool { return cursor != "" && strings.HasPrefix(b.Name, cursor) }), next, err
}

// counting has the number of what came before as a cursor.
type counting struct{ blobs.Driver }

func (d counting) List(ctx context.Context, prefix, cursor string, limit int) ([]kit.Blob, string, error) {
	begin, _ := strconv.Atoi(cursor)
	all, _, err := d.Driver.List(ctx, prefix, "", 1000)
	if begin += limit; begin < len(all) {
		return all[begin-limit : begin], strconv.Itoa(begin), err
	}
	return all[min(len(all), begin-limit):], "", err
}

// tolerant takes any error for the end.
type tolerant struct{ io.Reader }

func (r tolerant) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil {
		err = io.EOF
	}
	return n, err
}

type stubborn struct{ blobs.Driver }

func (d stubborn) Put(ctx context.Context, name string, body *blobs.Body, how kit.BlobPut) (kit.Blob, error) {
	if old, err := d.Stat(ctx, name); err == nil {
		return old, nil
	}
	return d.Driver.Put(ctx, name, body, how)
}

type inventive struct{ blobs.Driver }

func (d inventive) Stat(ctx context.Context, name string) (kit.Blob, error) {
	blob, err := d.Driver.Stat(ctx, name)
	if kit.CodeOf(err) == kit.NotFound {
		err = nil
	}
	return blob, err
}

type deaf struct{ blobs.Driver }

func (d deaf) Put(ctx context.Context, name string, body *blobs.Body, how kit.BlobPut) (kit.Blob, error) {
	return putting(context.WithoutCancel(ctx), d.Driver, name, tolerant{body}, how)
}

type hasty struct{ blobs.Driver }

func (d hasty) Put(ctx context.Context, name string, body *blobs.Body, how kit.BlobPut) (kit.Blob, error) {
	now, err := d.Stat(ctx, name)
	if how.IfAbsent && err == nil {
		return kit.Blob{}, blobs.Refused(name, how)
	}
	if how.IfMatch != "" && how.IfMatch != now.ETag {
		return kit.Blob{}, blobs.Changed(name)
	}
	time.Sleep(10 * time.Millisecond)
	how.IfAbsent, how.IfMatch = false, ""
	return d.Driver.Put(ctx, name, body, how)
}

type unselective struct{ blobs.Driver }

func (d unselective) List(ctx context.Context, _, cursor string, limit int) ([]kit.Blob, string, error) {
	return d.Driver.List(ctx, "", cursor, limit)
}

type halving struct{ blobs.Driver }

func (d halving) Copy(ctx context.Context, from, to string) (kit.Blob, error) {
	o, err := d.Get(ctx, from, kit.BlobGet{})
	if err != nil {
		return o.Blob, err
	}
	blob, err := putting(ctx, d.Driver, to, io.LimitReader(o.Body, o.Size/2), kit.BlobPut{Type: o.Type, Meta: o.Meta})
	return blob, errors.Join(err, o.Body.Close())
}

type hoarding struct{ blobs.Driver }

func (hoarding) Delete(context.Context, string) error { return nil }

type strict struct{ blobs.Driver }

func (d strict) Delete(ctx context.Context, name string) error {
	if _, err := d.Stat(ctx, name); err != nil {
		return err
	}
	return d.Driver.Delete(ctx, name)
}

type unsummed struct{ blobs.Driver }

func (d unsummed) Get(ctx context.Context, name string, what kit.BlobGet) (blobs.Object, error) {
	o, err := d.Driver.Get(ctx, name, what)
	o.Sum = blobs.Sum{}
	return o, err
}

// mixing reads the second half of a blob as it is by then.
type mixing struct{ blobs.Driver }

func (d mixing) Get(ctx context.Context, name string, what kit.BlobGet) (blobs.Object, error) {
	o, err := d.Driver.Get(ctx, name, what)
	if err != nil || o.Size < 2 {
		return o, err
	}
	first, err := io.ReadAll(io.LimitReader(o.Body, o.Size/2))
	if err != nil {
		return o, errors.Join(err, o.Body.Close())
	}
	time.Sleep(10 * time.Millisecond)
	later, err := d.Driver.Get(ctx, name, kit.BlobGet{Offset: o.Size / 2})
	o.Sum = blobs.Sum{}
	o.Body = io.NopCloser(io.MultiReader(bytes.NewReader(first), later.Body))
	return o, err
}

type trusting struct{ blobs.Driver }

func (d trusting) LinkPath() string                  { return d.Driver.(blobs.Linked).LinkPath() }
func (trusting) Verify(string, string, string) error { return nil }

type thorough struct{ blobs.Driver }

func (d thorough) Clean(ctx context.Context, _ time.Time) error { return d.Delete(ctx, "one") }

type open struct{ blobs.Driver }

func (open) Close() error { return nil }
