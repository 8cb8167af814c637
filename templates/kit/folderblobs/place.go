package folderblobs

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"sync"
	"syscall"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/internal/keyed"
)

// What is in the folder.
const (
	kept     = "blobs"
	tmp      = "tmp"
	lockFile = "lock"
	idFile   = "folder.json"
)

// identity is of a folder, whatever its path.
type identity struct {
	Project string `json:"project"`
	ID      string `json:"id"`
	LinkKey string `json:"link_key"` // unless one is configured
}

// place is a folder that is open.
type place struct {
	root *os.Root
	path string
	info fs.FileInfo
	id   identity

	changing sync.Mutex // see lock
}

// open returns the folder at the path, or nil if there is none yet and it must not be made.
// A folder that is not the one which was opened before is refused: a disk that is not
// mounted any more must not be taken for one on which there is nothing.
func (f *Folder) open(create bool) (*place, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return nil, kit.Errorf(kit.Unavailable, "the folder of blobs is closed")
	}
	info, err := os.Stat(f.config.Path)
	switch {
	case err == nil && f.place != nil && os.SameFile(info, f.place.info):
		return f.place, nil
	case errors.Is(err, fs.ErrNotExist) && !create:
		return nil, nil
	case errors.Is(err, fs.ErrNotExist):
		f.place = nil // if there was one, somebody has removed it, with all that it had
		if err = os.MkdirAll(f.config.Path, 0o750); err == nil {
			info, err = os.Stat(f.config.Path)
		}
	}
	if err == nil && !info.IsDir() {
		err = syscall.ENOTDIR
	}
	if err != nil {
		return nil, f.unwritable(err)
	}
	p, err := f.at(info, create)
	if p != nil && err == nil {
		f.place = p
	}
	return p, err
}

// at returns the folder that is there, if it is the project's.
func (f *Folder) at(info fs.FileInfo, create bool) (p *place, err error) {
	root, err := os.OpenRoot(f.config.Path)
	if err != nil {
		return nil, f.unwritable(err)
	}
	p = &place{root: root, path: f.config.Path, info: info}
	err = p.identify()
	if errors.Is(err, fs.ErrNotExist) {
		err = p.free()
		switch {
		case err == nil && f.place != nil:
			err = f.other()
		case err == nil && !create:
			return nil, root.Close()
		case err == nil:
			err = p.settle(f.project)
		}
	}
	switch {
	case err != nil:
	case p.id.Project != f.project:
		err = kit.Errorf(kit.Invalid, "the folder %s has the blobs of the project %.60q, not of %s", p.path, p.id.Project, f.project)
	case f.place != nil && f.place.id.ID != p.id.ID:
		err = f.other()
	}
	if err != nil {
		return nil, errors.Join(f.unwritable(err), root.Close())
	}
	return p, nil
}

func (f *Folder) other() error {
	return kit.Errorf(kit.Unavailable, "the folder %s is not the one that it was: is its disk mounted?", f.config.Path)
}

// identify reads whose the folder is.
func (p *place) identify() error {
	data, err := p.root.ReadFile(idFile)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, &p.id); err != nil || p.id.ID == "" {
		return kit.Errorf(kit.Invalid, "the file %s of the folder %s cannot be read", idFile, p.path)
	}
	return nil
}

// free returns an error if there is anything that is not of blobs.
func (p *place) free() error {
	entries, err := p.entries(".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if !slices.Contains([]string{kept, tmp, lockFile, "lost+found"}, e.Name()) && e.Name()[0] != '.' {
			return kit.Errorf(kit.Invalid, "the folder %s is not one of blobs: it has %.60q", p.path, e.Name())
		}
	}
	return nil
}

// settle makes the folder the project's, unless another process just did.
func (p *place) settle(project string) error {
	unlock, err := p.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := p.identify(); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	p.id = identity{Project: project, ID: kit.NewUUID().String(), LinkKey: rand.Text() + rand.Text()}
	data, err := json.Marshal(p.id)
	if err != nil {
		return err
	}
	file, err := p.temporary()
	if err != nil {
		return err
	}
	defer file.discard()
	if _, err := file.Write(data); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	if err := p.root.Rename(file.name, idFile); err != nil {
		return err
	}
	return errors.Join(p.sync("."), syncFolder(filepath.Dir(p.path)))
}

// lock keeps other processes, and other goroutines, from changing what names stand for.
func (p *place) lock() (unlock func(), err error) {
	p.changing.Lock()
	file, err := p.locked()
	if err != nil {
		p.changing.Unlock()
		return nil, err
	}
	return func() {
		_ = file.Close() // which ends the lock
		p.changing.Unlock()
	}, nil
}

// locked returns the lock file, locked.
func (p *place) locked() (*os.File, error) {
	for {
		file, err := p.root.OpenFile(lockFile, os.O_CREATE|os.O_RDWR, 0o640)
		if err != nil {
			return nil, err
		}
		if err := lockWhole(file); err != nil {
			return nil, errors.Join(err, file.Close())
		}
		held, heldErr := file.Stat()
		now, err := p.root.Stat(lockFile)
		if heldErr == nil && err == nil && os.SameFile(held, now) {
			return file, nil
		}
		_ = file.Close() // somebody has emptied the folder meanwhile
	}
}

// entries returns what is in a folder, sorted by name; nothing if it is not there.
func (p *place) entries(folder string) ([]fs.DirEntry, error) {
	d, err := p.root.Open(folder)
	if err != nil {
		return nil, p.unless(fs.ErrNotExist, err)
	}
	defer d.Close() //nolint:errcheck // it was only read
	all, err := d.ReadDir(-1)
	return all, p.failed(err)
}

// sync has the names in a folder outlive a loss of power.
func (p *place) sync(folder string) error {
	d, err := p.root.Open(folder)
	if err != nil {
		return p.unless(fs.ErrNotExist, err)
	}
	return p.failed(errors.Join(syncOpen(d), d.Close()))
}

func syncFolder(at string) error {
	d, err := os.Open(at)
	if err != nil {
		return err
	}
	return errors.Join(syncOpen(d), d.Close())
}

// unless returns the error of a file, but nil if it is one that does not matter.
func (p *place) unless(harmless, err error) error {
	if errors.Is(err, harmless) {
		return nil
	}
	return p.failed(err)
}

// failed returns Unavailable for an error of a file.
func (p *place) failed(err error) error { return failed(p.path, err) }

func failed(at string, err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*kit.Error](err); ok {
		return err
	}
	says := "the folder of blobs " + at + " cannot be used"
	if errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) {
		says = "the disk with the folder of blobs " + at + " is full"
	}
	return kit.Wrap(kit.Unavailable, err, says)
}

// unwritable returns the error for a folder that cannot be opened or made: Invalid if
// another one must be configured, or its rights changed.
func (f *Folder) unwritable(err error) error {
	for _, wrong := range []error{fs.ErrPermission, syscall.ENOTDIR, syscall.EROFS, fs.ErrExist} {
		if errors.Is(err, wrong) {
			return keyed.Error("path", kit.Wrap(kit.Invalid, err, "the folder of blobs cannot be written"))
		}
	}
	return failed(f.config.Path, err)
}

// nearest returns the folder that is there on the way to a path.
func nearest(at string) string {
	for {
		if _, err := os.Stat(at); err == nil || at == filepath.Dir(at) {
			return at
		}
		at = filepath.Dir(at)
	}
}

// temporaryFile is one that a blob is written to.
type temporaryFile struct {
	*os.File
	in   *place
	name string // in the folder
}

// temporary makes a file in tmp.
func (p *place) temporary() (*temporaryFile, error) {
	name := path.Join(tmp, kit.NewUUID().String())
	file, err := p.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	if errors.Is(err, fs.ErrNotExist) {
		if err := p.root.Mkdir(tmp, 0o750); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, p.failed(err)
		}
		file, err = p.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o640)
	}
	if err != nil {
		return nil, p.failed(err)
	}
	return &temporaryFile{file, p, name}, nil
}

// discard removes the file, unless it has its name by then.
func (t *temporaryFile) discard() {
	_ = t.Close()
	_ = t.in.root.Remove(t.name) // it may be what it was meant for
}

// copyTo copies in pieces that are worth a call of the system.
func copyTo(to io.Writer, from io.Reader) error {
	buffer := buffers.Get().(*[]byte)
	defer buffers.Put(buffer)
	_, err := io.CopyBuffer(onlyWriter{to}, onlyReader{from}, *buffer)
	return err
}
