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

// Seen remembers which files were read, and which were looked for and not there:
// what a plan rests on. The zero Seen has seen nothing.
type Seen struct {
	mu   sync.Mutex
	sums map[string]string // by path; "" for what was not there
}

// Sum returns the SHA-256 of a file's data, in hexadecimal.
func Sum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}

// Of returns the files, with lines that end in LF, and remembers what is read of them
// from then on. It is remembered as it was read first.
func (s *Seen) Of(files fs.FS) fs.FS { return watched{files, s} }

// Note remembers a file as it is known to be now; "" is the sum of one that is not
// there.
func (s *Seen) Note(name, sum string) { s.note(name, sum, true) }

// Refuse refuses a file of the sum that is not as it was when it was read.
func (s *Seen) Refuse(name, sum string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	was, known := s.sums[name]
	switch {
	case !known || was == sum:
		return nil
	case was == "":
		return Refuse(fmt.Errorf("%s has come into being meanwhile", name))
	case sum == "":
		return Refuse(fmt.Errorf("%s was removed meanwhile", name))
	}
	return Refuse(fmt.Errorf("%s was changed meanwhile", name))
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

// watched are files of which it is remembered what is read.
type watched struct {
	files fs.FS
	seen  *Seen
}

// Open opens a file as it is now, whatever becomes of it while it is read.
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

// ReadDir returns what is in a folder.
func (w watched) ReadDir(name string) ([]fs.DirEntry, error) { return fs.ReadDir(w.files, name) }

// readFile is a file that was read.
type readFile struct {
	fs.FileInfo
	*bytes.Reader
}

func (f *readFile) Stat() (fs.FileInfo, error) { return f.FileInfo, nil }
func (f *readFile) Size() int64                { return f.FileInfo.Size() }
func (f *readFile) Close() error               { return nil }
