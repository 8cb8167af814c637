package plan

import (
	"bytes"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// Tree is a file system of files that have not been written yet.
type Tree struct {
	files   map[string][]byte
	folders map[string][]fs.DirEntry // sorted by name
}

// NewTree returns the tree of the files.
func NewTree(files []File) *Tree {
	t := &Tree{files: map[string][]byte{}, folders: map[string][]fs.DirEntry{".": nil}}
	for _, f := range files {
		t.files[f.Path] = f.Data
		t.enter(f.Path, node{name: path.Base(f.Path), size: len(f.Data)})
	}
	for _, entries := range t.folders {
		slices.SortFunc(entries, func(a, b fs.DirEntry) int { return strings.Compare(a.Name(), b.Name()) })
	}
	return t
}

// enter adds a node to its folder, and new folders to their parents.
func (t *Tree) enter(name string, n node) {
	folder := path.Dir(name)
	entries, known := t.folders[folder]
	t.folders[folder] = append(entries, fs.FileInfoToDirEntry(n))
	if !known {
		t.enter(folder, node{name: path.Base(folder), folder: true})
	}
}

// Open implements fs.FS.
func (t *Tree) Open(name string) (fs.File, error) {
	n := node{name: path.Base(name)}
	data, ok := t.files[name]
	if ok {
		n.size = len(data)
		return &openFile{node: n, Reader: bytes.NewReader(data)}, nil
	}
	entries, ok := t.folders[name]
	if !ok || !fs.ValidPath(name) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	n.folder = true
	return &openFolder{node: n, rest: entries}, nil
}

// ReadFile implements fs.ReadFileFS.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	data, ok := t.files[name]
	if !ok {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fs.ErrNotExist}
	}
	return bytes.Clone(data), nil
}

// ReadDir implements fs.ReadDirFS.
func (t *Tree) ReadDir(name string) ([]fs.DirEntry, error) {
	entries, ok := t.folders[name]
	if !ok {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: fs.ErrNotExist}
	}
	return slices.Clone(entries), nil
}

// node is a file or folder of a tree, and implements fs.FileInfo.
type node struct {
	name   string
	size   int
	folder bool
}

func (n node) Name() string       { return n.name }
func (n node) Size() int64        { return int64(n.size) }
func (n node) IsDir() bool        { return n.folder }
func (n node) ModTime() time.Time { return time.Time{} }
func (n node) Sys() any           { return nil }

func (n node) Mode() fs.FileMode {
	if n.folder {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

type openFile struct {
	node
	*bytes.Reader
}

func (f *openFile) Stat() (fs.FileInfo, error) { return f.node, nil }
func (f *openFile) Size() int64                { return f.node.Size() }
func (f *openFile) Close() error               { return nil }

type openFolder struct {
	node
	rest []fs.DirEntry
}

func (f *openFolder) Stat() (fs.FileInfo, error) { return f.node, nil }
func (f *openFolder) Close() error               { return nil }

func (f *openFolder) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: f.name, Err: fs.ErrInvalid}
}

// ReadDir implements fs.ReadDirFile.
func (f *openFolder) ReadDir(n int) ([]fs.DirEntry, error) {
	if n <= 0 {
		n = len(f.rest)
	} else if len(f.rest) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(f.rest))
	entries := f.rest[:n:n]
	f.rest = f.rest[n:]
	return slices.Clone(entries), nil
}
