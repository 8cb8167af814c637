package folderblobs

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"maps"
	"os"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
)

// Folder is a blobs.Driver on files.
type Folder struct {
	config  Config
	project string

	mu     sync.Mutex
	place  *place // nil until the folder is there
	closed bool
}

// New returns the blobs of a project in a folder, which the first put makes. The error is
// Invalid if the folder is another project's or cannot be written.
func New(project string, c Config) (*Folder, error) {
	f := &Folder{config: c.filled(), project: project}
	if _, err := f.open(false); err != nil {
		return nil, err
	}
	return f, nil
}

// Put keeps a blob: see blobs.Driver.
func (f *Folder) Put(ctx context.Context, name string, body *blobs.Body, how kit.BlobPut) (kit.Blob, error) {
	p, err := f.open(true)
	if err != nil {
		return kit.Blob{}, err
	}
	about := described{Type: how.Type, Meta: maps.Clone(how.Meta)}
	return p.write(ctx, name, how, about, func(to io.Writer) (blobs.Sum, error) {
		err := copyTo(to, body)
		return body.Sum(), err
	})
}

// Copy puts what another blob has: see blobs.Driver.
func (f *Folder) Copy(ctx context.Context, from, to string) (kit.Blob, error) {
	p, err := f.find(from)
	if err != nil {
		return kit.Blob{}, err
	}
	source, about, err := p.read(from)
	if err != nil {
		return kit.Blob{}, err
	}
	defer source.Close() //nolint:errcheck // it was only read
	return p.write(ctx, to, kit.BlobPut{}, about, func(w io.Writer) (blobs.Sum, error) {
		err := copyTo(w, untilEnded{ctx, io.NewSectionReader(source, 0, about.Size)})
		return blobs.Sum{Text: about.Sum}, err
	})
}

// untilEnded is a reader that fails when its context has ended.
type untilEnded struct {
	ctx  context.Context
	from io.Reader
}

func (r untilEnded) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, kit.Wrap(kit.Unavailable, err, "the request ended before the blob was copied")
	}
	return r.from.Read(p)
}

// find returns the place of the folder, if it is there; NotFound for a blob otherwise.
func (f *Folder) find(name string) (*place, error) {
	p, err := f.open(false)
	if err == nil && p == nil {
		err = blobs.Absent(name)
	}
	return p, err
}

// Get returns a blob: see blobs.Driver.
func (f *Folder) Get(_ context.Context, name string, what kit.BlobGet) (blobs.Object, error) {
	p, err := f.find(name)
	if err != nil {
		return blobs.Object{}, err
	}
	file, about, err := p.read(name)
	if err != nil {
		return blobs.Object{}, err
	}
	o := blobs.Object{Blob: about.blob(name), Sum: blobs.Sum{Text: about.Sum}}
	switch {
	case what.IfMatch != "" && what.IfMatch != about.ETag:
		err = blobs.Changed(name)
	case what.IfNoneMatch == about.ETag:
	case what.Offset > 0 && what.Offset >= about.Size:
		err = blobs.OutOfRange(name, what.Offset)
	default:
		o.Body = opened{io.NewSectionReader(file, what.Offset, about.Size-what.Offset), file}
		return o, nil
	}
	_ = file.Close() // it was only read
	return o, err
}

// opened reads a part of a file.
type opened struct {
	io.Reader
	io.Closer
}

// Stat returns a blob: see blobs.Driver.
func (f *Folder) Stat(_ context.Context, name string) (kit.Blob, error) {
	p, err := f.find(name)
	if err != nil {
		return kit.Blob{}, err
	}
	file, about, err := p.read(name)
	if err != nil {
		return kit.Blob{}, err
	}
	_ = file.Close() // it was only read
	return about.blob(name), nil
}

// Delete removes a blob: see blobs.Driver.
func (f *Folder) Delete(_ context.Context, name string) error {
	p, err := f.open(false)
	if err != nil || p == nil {
		return err
	}
	return p.remove(name)
}

// List returns a page of blobs, in the order of their names: see blobs.Driver.
func (f *Folder) List(ctx context.Context, prefix, cursor string, limit int) (page []kit.Blob, next string, err error) {
	if cursor != "" && !blobs.Valid(cursor) {
		return nil, "", blobs.BadCursor(cursor)
	}
	p, err := f.open(false)
	if err != nil || p == nil {
		return nil, "", err
	}
	l := &lister{place: p, prefix: prefix, after: cursor, limit: limit}
	if err := l.walk(ctx); err != nil {
		return nil, "", err
	}
	if len(l.found) == limit {
		next = l.found[limit-1].Name
	}
	return l.found, next, nil
}

// Clean removes files that were not written to since a time: see blobs.Driver.
func (f *Folder) Clean(_ context.Context, since time.Time) error {
	p, err := f.open(false)
	if err != nil || p == nil {
		return err
	}
	entries, err := p.entries(tmp)
	for _, e := range entries {
		info, infoErr := e.Info()
		if infoErr == nil && info.ModTime().Before(since) {
			err = errors.Join(err, p.unless(fs.ErrNotExist, p.root.Remove(tmp+"/"+e.Name())))
		}
	}
	return err
}

// Ping makes a file, and removes it. If the folder is not there yet, it is the one that it
// will be in that is tried.
func (f *Folder) Ping(context.Context) error {
	p, err := f.open(false)
	if err != nil {
		return err
	}
	if p == nil {
		file, err := os.CreateTemp(nearest(f.config.Path), ".ping")
		if err != nil {
			return f.unwritable(err)
		}
		return errors.Join(file.Close(), os.Remove(file.Name()))
	}
	file, err := p.temporary()
	if err != nil {
		return f.unwritable(err)
	}
	file.discard()
	return nil
}

// Close closes the folder.
func (f *Folder) Close() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.closed = true
	if f.place == nil {
		return nil
	}
	p := f.place
	f.place = nil
	return p.root.Close()
}
