package folderblobs

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
)

// described is what a file has after the content of a blob: as JSON, its length in four
// bytes, and the mark.
type described struct {
	Size     int64             `json:"size"`
	ETag     string            `json:"etag"`
	Type     string            `json:"type"`
	Meta     map[string]string `json:"meta,omitempty"`
	Modified time.Time         `json:"modified"`
	Sum      string            `json:"crc32c"`
}

const (
	mark     = "blob"
	tailSize = 4 + len(mark)
	guess    = 512 // bytes of what is after the content of most
)

func (d described) blob(name string) kit.Blob {
	return kit.Blob{Name: name, Size: d.Size, ETag: d.ETag, Type: d.Type, Meta: d.Meta, Modified: d.Modified}
}

// write puts a blob of which fill writes the content.
func (p *place) write(ctx context.Context, name string, how kit.BlobPut, about described, fill func(io.Writer) (blobs.Sum, error)) (kit.Blob, error) {
	file, err := p.temporary()
	if err != nil {
		return kit.Blob{}, err
	}
	defer file.discard()
	sum, err := fill(file)
	if err != nil {
		return kit.Blob{}, p.failed(err)
	}
	about.ETag, about.Sum, about.Modified = kit.NewUUID().String(), sum.Text, kit.SystemClock{}.Now()
	if err := file.describe(&about); err != nil {
		return kit.Blob{}, p.failed(err)
	}
	if err := p.commit(ctx, file.name, name, how); err != nil {
		return kit.Blob{}, err
	}
	return about.blob(name), nil
}

// describe writes what a blob is after its content, and has all of it outlive a loss of
// power.
func (t *temporaryFile) describe(about *described) (err error) {
	if about.Size, err = t.Seek(0, io.SeekCurrent); err != nil {
		return err
	}
	tail, err := json.Marshal(about)
	if err != nil {
		return err
	}
	tail = append(binary.BigEndian.AppendUint32(tail, uint32(len(tail))), mark...)
	if _, err := t.Write(tail); err != nil {
		return err
	}
	return t.Sync()
}

// commit gives a file the name of a blob, if the condition holds.
func (p *place) commit(ctx context.Context, file, name string, how kit.BlobPut) error {
	at := fileOf(name)
	made, err := p.rename(ctx, file, name, at, how)
	if err != nil {
		return p.failed(err)
	}
	for _, folder := range append(made, path.Dir(at)) {
		if err := p.sync(folder); err != nil {
			return err
		}
	}
	return nil
}

// rename returns the folders in which folders were made.
func (p *place) rename(ctx context.Context, file, name, at string, how kit.BlobPut) (made []string, err error) {
	unlock, err := p.lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	if err := p.allows(name, how); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, kit.Wrap(kit.Unavailable, err, "the request ended before the blob was put")
	}
	if err = p.root.Rename(file, at); !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for end, c := range at {
		if c != '/' {
			continue
		}
		if err := p.root.Mkdir(at[:end], 0o750); err == nil {
			made = append(made, path.Dir(at[:end]))
		} else if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
	}
	return made, p.root.Rename(file, at)
}

// allows returns an error if there is not what a put expects.
func (p *place) allows(name string, how kit.BlobPut) error {
	if !how.IfAbsent && how.IfMatch == "" {
		return nil
	}
	file, about, err := p.read(name)
	if kit.CodeOf(err) == kit.NotFound {
		if how.IfAbsent {
			return nil
		}
		return blobs.Changed(name)
	}
	if err != nil {
		return err
	}
	_ = file.Close() // it was only read
	if how.IfAbsent || how.IfMatch != about.ETag {
		return blobs.Refused(name, how)
	}
	return nil
}

// remove removes a blob, and the folders that have nothing else.
func (p *place) remove(name string) error {
	unlock, err := p.lock()
	if err != nil {
		return p.failed(err)
	}
	defer unlock()
	at := fileOf(name)
	if err := p.root.Remove(at); err != nil {
		return p.unless(fs.ErrNotExist, err)
	}
	for at = path.Dir(at); at != kept && p.root.Remove(at) == nil; {
		at = path.Dir(at)
	}
	return p.sync(at)
}

// read opens the file of a blob.
func (p *place) read(name string) (*os.File, described, error) {
	file, err := p.root.Open(fileOf(name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, described{}, blobs.Absent(name)
	}
	if err != nil {
		return nil, described{}, p.failed(err)
	}
	about, err := descriptionOf(file)
	if err != nil {
		_ = file.Close() // it was only read
		return nil, described{}, p.failed(err)
	}
	return file, about, nil
}

// descriptionOf reads what is after the content of a blob.
func descriptionOf(file *os.File) (about described, err error) {
	info, err := file.Stat()
	if err != nil {
		return about, err
	}
	for want := int64(guess); ; {
		tail := make([]byte, min(want, info.Size()))
		if _, err := file.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
			return about, err
		}
		if len(tail) < tailSize || string(tail[len(tail)-len(mark):]) != mark {
			break
		}
		end := len(tail) - tailSize
		length := int64(binary.BigEndian.Uint32(tail[end:]))
		if want = length + int64(tailSize); want > info.Size() {
			break
		}
		if want > int64(len(tail)) {
			continue
		}
		err := json.Unmarshal(tail[end-int(length):end], &about)
		if err != nil || about.Size != info.Size()-want {
			break
		}
		return about, nil
	}
	return about, kit.Errorf(kit.Internal, "the file %s is not that of a blob", file.Name())
}

// fileOf returns the path of the file of a blob.
func fileOf(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "d-" + escape(part)
	}
	parts[len(parts)-1] = "b" + parts[len(parts)-1][1:]
	return kept + "/" + strings.Join(parts, "/")
}

// escape writes capitals as = and their small letter: some disks do not tell them apart.
func escape(part string) string {
	if strings.ToLower(part) == part {
		return part
	}
	var b strings.Builder
	for _, c := range []byte(part) {
		if c >= 'A' && c <= 'Z' {
			b.WriteByte('=')
			c += 'a' - 'A'
		}
		b.WriteByte(c)
	}
	return b.String()
}

// unescape is the inverse of escape.
func unescape(part string) string {
	if !strings.Contains(part, "=") {
		return part
	}
	var b strings.Builder
	capital := false
	for _, c := range []byte(part) {
		if c == '=' {
			capital = true
			continue
		}
		if capital {
			c -= 'a' - 'A'
		}
		b.WriteByte(c)
		capital = false
	}
	return b.String()
}

// buffers are those for copying.
var buffers = sync.Pool{New: func() any { b := make([]byte, 256<<10); return &b }}

type (
	onlyWriter struct{ io.Writer }
	onlyReader struct{ io.Reader }
)
