package blobs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/folderblobs"
)

func open(t *testing.T) *blobs.Blobs {
	t.Helper()
	d, err := folderblobs.New("shop", folderblobs.Config{Path: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	b := blobs.New(blobs.Config{MaxSize: 1000}, d)
	t.Cleanup(func() { _ = b.Close() })
	return b
}

// TestOptionsAreChecked shows what is refused before a driver sees it.
func TestOptionsAreChecked(t *testing.T) {
	b := open(t)
	for about, how := range map[string]kit.BlobPut{
		"no type":         {Type: "image"},
		"lines in a type": {Type: "text/plain; a=\"\r\n\""},
		"a long type":     {Type: "text/" + strings.Repeat("a", 200)},
		"capitals":        {Meta: map[string]string{"Name": ""}},
		"the kit's own":   {Meta: map[string]string{"kit.part": "1"}},
		"an empty key":    {Meta: map[string]string{"": "a"}},
		"an empty value":  {Meta: map[string]string{"a": ""}},
		"much":            {Meta: map[string]string{"name": strings.Repeat("ä", 250)}},
		"contradictions":  {IfAbsent: true, IfMatch: "a"},
	} {
		if _, err := b.Put(t.Context(), "a", strings.NewReader(""), how); kit.CodeOf(err) != kit.Invalid {
			t.Errorf("%s: %v", about, err)
		}
	}
}

// TestStats shows what is counted.
func TestStats(t *testing.T) {
	b := open(t)
	if _, err := b.Put(t.Context(), "a", strings.NewReader("12345"), kit.BlobPut{}); err != nil {
		t.Fatal(err)
	}
	_, body, err := b.Get(t.Context(), "a", kit.BlobGet{})
	if err != nil {
		t.Fatal(err)
	}
	_, _ = body.Read(make([]byte, 3))
	_ = body.Close()
	_, _ = b.Stat(t.Context(), "nothing")
	_ = b.Close()
	_, _ = b.Stat(t.Context(), "a")
	s := b.Stats()
	if got := fmt.Sprint(s.Requests.Load(), s.Errors.Load(), s.In.Load(), s.Out.Load()); got != "4 1 5 3" {
		t.Errorf("counted %s", got)
	}
}

// TestDeleteOrphans shows that what is referred to, and what is new, is kept.
func TestDeleteOrphans(t *testing.T) {
	b := open(t)
	for i := range 5 {
		if _, err := b.Put(t.Context(), fmt.Sprint("files/", i), strings.NewReader(""), kit.BlobPut{}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := b.Put(t.Context(), "other", strings.NewReader(""), kit.BlobPut{}); err != nil {
		t.Fatal(err)
	}
	used := func(_ context.Context, names []string) (map[string]bool, error) {
		return map[string]bool{"files/1": true, "files/3": true}, nil
	}
	for _, c := range []struct {
		grace time.Duration
		want  int
	}{{time.Hour, 0}, {-time.Hour, 3}, {-time.Hour, 0}} {
		if n, err := kit.DeleteOrphans(t.Context(), b, "files/", c.grace, used); n != c.want || err != nil {
			t.Errorf("removed %d, %v, want %d", n, err, c.want)
		}
	}
	all, _, err := b.List(t.Context(), "", "", 10)
	if err != nil || len(all) != 3 || all[0].Name != "files/1" || all[1].Name != "files/3" || all[2].Name != "other" {
		t.Errorf("there are %v, %v", all, err)
	}
	broken := errors.New("the store is away")
	if _, err := kit.DeleteOrphans(t.Context(), b, "", -time.Hour, func(context.Context, []string) (map[string]bool, error) { return nil, broken }); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

// TestConfigIsChecked shows what is refused.
func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]blobs.Config{"": {MaxSize: 1}, "MaxSize": {}} {
		got := ""
		c.Check(func(field, _ string) { got += field })
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
