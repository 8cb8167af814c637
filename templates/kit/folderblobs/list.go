package folderblobs

import (
	"context"
	"path"
	"slices"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
)

// lister finds a page of blobs.
type lister struct {
	*place
	prefix, after string
	limit         int
	found         []kit.Blob
}

// entry is a file or a folder, by how the names of what it stands for begin.
type entry struct {
	name string // with a slash at the end for a folder
	at   string // the path of a folder
}

// walk looks for blobs from the folder on that all names have in common.
func (l *lister) walk(ctx context.Context) error {
	from := l.prefix[:strings.LastIndexByte(l.prefix, '/')+1]
	at := kept
	if from != "" {
		if !blobs.Valid(strings.TrimSuffix(from, "/")) {
			return nil
		}
		at = path.Dir(fileOf(from + "x"))
	}
	return l.folder(ctx, at, from)
}

func (l *lister) folder(ctx context.Context, at, begin string) error {
	files, err := l.entries(at)
	if err != nil {
		return err
	}
	var all []entry
	for _, f := range files {
		kind, part, _ := strings.Cut(f.Name(), "-")
		e := entry{name: begin + unescape(part)}
		if kind == "d" {
			e.name += "/"
			e.at = path.Join(at, f.Name())
		}
		if l.wants(e) {
			all = append(all, e)
		}
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.name, b.name) })
	for _, e := range all {
		if len(l.found) == l.limit {
			return nil
		}
		if err := ctx.Err(); err != nil {
			return kit.Wrap(kit.Unavailable, err, "the request ended before the list")
		}
		if err := l.visit(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

// wants reports whether an entry stands for a blob of the page, or may have one.
func (l *lister) wants(e entry) bool {
	if e.at == "" {
		return strings.HasPrefix(e.name, l.prefix) && e.name > l.after
	}
	matches := strings.HasPrefix(e.name, l.prefix) || strings.HasPrefix(l.prefix, e.name)
	return matches && (e.name > l.after || strings.HasPrefix(l.after, e.name))
}

func (l *lister) visit(ctx context.Context, e entry) error {
	if e.at != "" {
		return l.folder(ctx, e.at, e.name)
	}
	file, about, err := l.read(e.name)
	if kit.CodeOf(err) == kit.NotFound {
		return nil // it was deleted meanwhile
	}
	if err != nil {
		return err
	}
	_ = file.Close() // it was only read
	blob := about.blob(e.name)
	blob.Type, blob.Meta = "", nil
	l.found = append(l.found, blob)
	return nil
}
