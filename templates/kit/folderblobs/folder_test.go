package folderblobs_test

import (
	"path/filepath"
	"testing"

	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/blobstest"
	"github.com/outgrowkit/outgrow/templates/kit/folderblobs"
)

func open(t testing.TB, at string) *folderblobs.Folder {
	t.Helper()
	f, err := folderblobs.New("shop", folderblobs.Config{Path: at})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}

func TestFolder(t *testing.T) {
	blobstest.Run(t, func(t *testing.T) blobs.Driver { return open(t, filepath.Join(t.TempDir(), "data", "blobs")) })
}

func TestProcesses(t *testing.T) {
	blobstest.Shared(t, t.TempDir, func(t *testing.T, at string) blobs.Driver { return open(t, at) })
}
