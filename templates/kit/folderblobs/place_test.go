package folderblobs_test

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobstest"
	"github.com/outgrowkit/outgrow/templates/kit/folderblobs"
)

func put(t *testing.T, b kit.Blobs, name, text string) {
	t.Helper()
	if _, err := b.Put(t.Context(), name, strings.NewReader(text), kit.BlobPut{}); err != nil {
		t.Fatal(err)
	}
}

func wantCode(t *testing.T, err error, want kit.Code) {
	t.Helper()
	if kit.CodeOf(err) != want {
		t.Errorf("got %v, want code %q", err, want)
	}
}

// TestNothingIsMadeBeforeTheFirstPut shows that who only looks leaves nothing.
func TestNothingIsMadeBeforeTheFirstPut(t *testing.T) {
	dir := t.TempDir()
	at := filepath.Join(dir, "data", "blobs")
	b := blobstest.Over(t, open(t, at))
	if err := b.Ping(t.Context()); err != nil {
		t.Error(err)
	}
	_, err := b.Stat(t.Context(), "a")
	wantCode(t, err, kit.NotFound)
	wantCode(t, b.Delete(t.Context(), "a"), "")
	wantCode(t, b.Clean(t.Context()), "")
	if made, _ := os.ReadDir(dir); len(made) > 0 {
		t.Errorf("there is %v", made)
	}
	put(t, b, "a", "a")
	if _, err := os.Stat(filepath.Join(at, "folder.json")); err != nil {
		t.Error(err)
	}
}

// TestFolderOfOthers shows that what is not the project's is refused.
func TestFolderOfOthers(t *testing.T) {
	for name, c := range map[string]struct {
		make func(at string) error
		says string
	}{
		"another project": {func(at string) error {
			return os.WriteFile(at+"/folder.json", []byte(`{"project":"bakery","id":"1"}`), 0o600)
		}, `of the project "bakery", not of shop`},
		"something else": {func(at string) error { return os.WriteFile(at+"/notes.txt", nil, 0o600) }, `it has "notes.txt"`},
		"no JSON":        {func(at string) error { return os.WriteFile(at+"/folder.json", []byte("{"), 0o600) }, "cannot be read"},
		"a file":         {func(at string) error { _ = os.Remove(at); return os.WriteFile(at, nil, 0o600) }, "not a directory"},
	} {
		t.Run(name, func(t *testing.T) {
			at := filepath.Join(t.TempDir(), "blobs")
			if err := os.Mkdir(at, 0o700); err != nil {
				t.Fatal(err)
			}
			if err := c.make(at); err != nil {
				t.Fatal(err)
			}
			_, err := folderblobs.New("shop", folderblobs.Config{Path: at})
			if wantCode(t, err, kit.Invalid); err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("got %v, want %q", err, c.says)
			}
			if key := (folderblobs.Config{}).KeyOf(err); key != "path" {
				t.Errorf("the key is %s", key)
			}
		})
	}
}

// TestAnotherFolder shows that a folder which takes the place of the one that there was, as
// where a disk is not mounted any more, is neither read nor written; that it is used again
// when it is back; and that one which was removed or emptied is made again.
func TestAnotherFolder(t *testing.T) {
	at := filepath.Join(t.TempDir(), "blobs")
	b := blobstest.Over(t, open(t, at))
	put(t, b, "a", "a")
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	move(at, at+".mounted")
	if err := os.Mkdir(at, 0o700); err != nil {
		t.Fatal(err)
	}
	_, err := b.Put(t.Context(), "b", strings.NewReader("b"), kit.BlobPut{})
	wantCode(t, err, kit.Unavailable)
	_, err = b.Stat(t.Context(), "a")
	wantCode(t, err, kit.Unavailable)
	if err := b.Ping(t.Context()); kit.CodeOf(err) != kit.Unavailable || !strings.Contains(err.Error(), "mounted") {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(at); err != nil { // which fails if anything was written
		t.Fatal(err)
	}
	move(at+".mounted", at)
	if _, err := b.Stat(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	for _, gone := range []string{at, at + "/blobs", at + "/tmp", at + "/lock"} {
		if err := os.RemoveAll(gone); err != nil {
			t.Fatal(err)
		}
		put(t, b, "c", gone)
		_, body, err := b.Get(t.Context(), "c", kit.BlobGet{})
		if err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(body); string(data) != gone || err != nil {
			t.Errorf("got %q, %v", data, err)
		}
		_ = body.Close()
	}
}

// TestWhatProcessesLeave shows that files which nobody writes any more are removed, and
// others are not.
func TestWhatProcessesLeave(t *testing.T) {
	at := t.TempDir()
	b := blobstest.Over(t, open(t, at))
	put(t, b, "a", "a")
	old, young := filepath.Join(at, "tmp", "old"), filepath.Join(at, "tmp", "young")
	for _, name := range []string{old, young} {
		if err := os.WriteFile(name, []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	long := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(old, long, long); err != nil {
		t.Fatal(err)
	}
	if err := b.Clean(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(filepath.Join(at, "tmp"))
	if err != nil || len(left) != 1 || left[0].Name() != "young" {
		t.Errorf("there is %v, %v", left, err)
	}
}

// TestBrokenFiles shows that neither a byte that has changed nor a file that was cut is
// taken for what was put.
func TestBrokenFiles(t *testing.T) {
	at := t.TempDir()
	b := blobstest.Over(t, open(t, at))
	put(t, b, "a", strings.Repeat("0123456789", 100_000))
	file := filepath.Join(at, "blobs", "b-a")
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	flipped := bytes.Clone(whole)
	flipped[500_000] ^= 1
	for name, data := range map[string][]byte{"flipped": flipped, "cut": whole[:500_000], "empty": nil, "longer": append([]byte("x"), whole...), "nonsense": []byte("\xff\xff\xff\xffblob")} {
		if err := os.WriteFile(file, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, body, err := b.Get(t.Context(), "a", kit.BlobGet{})
		if err == nil {
			_, err = io.Copy(io.Discard, body)
			_ = body.Close()
		}
		if kit.CodeOf(err) != kit.Internal {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := os.WriteFile(file, whole, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestLinksOutliveProcesses shows which processes believe a link.
func TestLinksOutliveProcesses(t *testing.T) {
	at := t.TempDir()
	of := func(c folderblobs.Config) *folderblobs.Folder {
		f, err := folderblobs.New("shop", c)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
		return f
	}
	other := kit.NewSecret(strings.Repeat("k", 32))
	first, second := of(folderblobs.Config{Path: at}), of(folderblobs.Config{Path: at, LinkURL: "https://shop.example.com/files/"})
	keyed := of(folderblobs.Config{Path: at, LinkKey: other})
	link, err := first.Link(t.Context(), "GET", "a", time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	_, query, _ := strings.Cut(link, "?")
	wantCode(t, second.Verify("GET", "a", query), "")
	wantCode(t, keyed.Verify("GET", "a", query), kit.Unauthorized)
	link, err = second.Link(t.Context(), "GET", "a", -time.Second)
	if err != nil || !strings.HasPrefix(link, "https://shop.example.com/files/a?") || second.LinkPath() != "/files" {
		t.Errorf("the link is %s, %v", link, err)
	}
	_, query, _ = strings.Cut(link, "?")
	wantCode(t, first.Verify("GET", "a", query), kit.Unauthorized) // it has expired
	wantCode(t, first.Verify("GET", "a", strings.Replace(query, "expires=", "expires=9", 1)), kit.Unauthorized)
}

// TestConfigIsChecked shows what is refused.
func TestConfigIsChecked(t *testing.T) {
	for want, c := range map[string]folderblobs.Config{
		"":        {LinkURL: "https://shop.example.com/blobs", LinkKey: kit.NewSecret(strings.Repeat("k", 32))},
		"LinkURL": {LinkURL: "shop.example.com"},
		"LinkKey": {LinkKey: kit.NewSecret("short")},
	} {
		got := ""
		c.Check(func(field, _ string) { got += field })
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
