package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

// Seen remembers which files were read, and which were looked for but missing, because a
// plan depends on them. The zero Seen is empty.
type Seen struct {
	mu   sync.Mutex
	sums map[string]string // by path; "" for a missing file
}

// Sum returns the SHA-256 of a file's data, in hexadecimal.
func Sum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Of returns the file system with line ends changed to LF, and remembers the files that
// are read from it, as they were when first read.
func (s *Seen) Of(files fs.FS) fs.FS { return watched{files, s} }

// Note remembers the current sum of a file, or "" for a missing one.
func (s *Seen) Note(name, sum string) { s.note(name, sum, true) }

// Refuse refuses a file whose sum differs from when it was read.
func (s *Seen) Refuse(name, sum string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	was, known := s.sums[name]
	switch {
	case !known || was == sum:
		return nil
	case was == "":
		return Refuse(fmt.Errorf("%s was created in the meantime", name))
	case sum == "":
		return Refuse(fmt.Errorf("%s was removed in the meantime", name))
	}
	return Refuse(fmt.Errorf("%s was changed in the meantime", name))
}

func (s *Seen) note(name, sum string, replace bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.sums == nil {
		s.sums = map[string]string{}
	}
	if _, known := s.sums[name]; replace || !known {
		s.sums[name] = sum
	}
}

// watched is a file system that remembers what is read from it.
type watched struct {
	files fs.FS
	seen  *Seen
}

// Open returns a snapshot of a file, which does not change while it is read.
func (w watched) Open(name string) (fs.File, error) {
	f, err := w.files.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		w.seen.note(name, "", false)
	}
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		return f, err
	}
	data, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	w.seen.note(name, Sum(data), false)
	return &readFile{FileInfo: info, Reader: bytes.NewReader(LF(data))}, nil
}

// ReadDir returns the entries of a folder.
func (w watched) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(w.files, name) }

// readFile is a file that has been read into memory.
type readFile struct {
	fs.FileInfo
	*bytes.Reader
}

func (f *readFile) Stat() (fs.FileInfo, error) { return f.FileInfo, nil }
func (f *readFile) Size() int64                { return f.FileInfo.Size() }
func (f *readFile) Close() error               { return nil }
