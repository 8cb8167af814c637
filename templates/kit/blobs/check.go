package blobs

import (
	"mime"
	"net/url"
	"regexp"
	"strings"

	"github.com/outgrowkit/outgrow/templates/kit"
)

// The limits of names, metadata and types, in bytes. A part of a name is that of a file, of up to
// 255 bytes, where each capital takes two.
const (
	maxName = 500
	maxMeta = 1500
	maxType = 200
)

var (
	nameForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,120}(/[A-Za-z0-9._-]{1,120})*$`)
	listForm = regexp.MustCompile(`^([A-Za-z0-9._-]+/?)*$`)
	metaForm = regexp.MustCompile(`^[a-z0-9-]{1,64}$`)
	typeForm = regexp.MustCompile(`^[!-.0-~]+/[ -~]+$`)
)

// Valid reports whether a blob may have the name.
func Valid(name string) bool {
	if len(name) > maxName || !nameForm.MatchString(name) {
		return false
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == "." || part == ".." {
			return false
		}
	}
	return true
}

func checkName(name string) error {
	if !Valid(name) {
		return kit.Errorf(kit.Invalid, "%.100q cannot be the name of a blob: it must be parts of up to 120 letters, digits and - _ . between slashes, and 500 bytes at most", name)
	}
	return nil
}

func checkPut(name string, how kit.BlobPut) error {
	if err := checkName(name); err != nil {
		return err
	}
	if _, _, err := mime.ParseMediaType(how.Type); err != nil || len(how.Type) > maxType || !typeForm.MatchString(how.Type) {
		return kit.Errorf(kit.Invalid, "%.100q cannot be the content type of a blob", how.Type)
	}
	if how.IfAbsent && how.IfMatch != "" {
		return kit.Errorf(kit.Invalid, "a blob is put only if it is absent, or only if it has an ETag")
	}
	size := 0
	for key, value := range how.Meta {
		if value == "" {
			return kit.Errorf(kit.Invalid, "the metadata %.100q of a blob has no value", key)
		}
		if !metaForm.MatchString(key) {
			return kit.Errorf(kit.Invalid, "%.100q cannot be a key of metadata: it must be up to 64 lower-case letters, digits and hyphens", key)
		}
		size += len(key) + len(url.PathEscape(value))
	}
	if size > maxMeta {
		return kit.Errorf(kit.Invalid, "the metadata of a blob must not exceed %d bytes, as in a URL; it has %d", maxMeta, size)
	}
	return nil
}

func checkGet(name string, what kit.BlobGet) error {
	if what.Offset < 0 || what.Length < 0 {
		return kit.Errorf(kit.Invalid, "%d bytes at %d are no range", what.Length, what.Offset)
	}
	return checkName(name)
}

// OutOfRange returns the error for a range that begins after the end of a blob.
func OutOfRange(name string, offset int64) error {
	return kit.Errorf(kit.Invalid, "the blob %s has no byte %d", name, offset)
}

func checkList(prefix, cursor string, limit int) error {
	switch {
	case limit < 1 || limit > 1000:
		return kit.Errorf(kit.Invalid, "a page has 1 to 1,000 blobs, not %d", limit)
	case len(prefix) > maxName || !listForm.MatchString(prefix):
		return kit.Errorf(kit.Invalid, "no name of a blob begins with %.100q", prefix)
	case len(cursor) > 4*maxName:
		return BadCursor(cursor)
	}
	return nil
}

// BadCursor returns the error for a cursor that no page has.
func BadCursor(cursor string) error {
	return kit.Errorf(kit.Invalid, "no page of blobs has the cursor %.100q", cursor)
}

// Absent returns the error for a blob that there is not.
func Absent(name string) error { return kit.Errorf(kit.NotFound, "there is no blob %s", name) }

// Refused returns the error for a put whose condition does not hold.
func Refused(name string, how kit.BlobPut) error {
	if how.IfAbsent {
		return kit.Errorf(kit.AlreadyExists, "there is a blob %s already", name)
	}
	return Changed(name)
}

// Changed returns the error for a blob that has not the ETag that is expected.
func Changed(name string) error {
	return kit.Errorf(kit.Conflict, "the blob %s has changed", name)
}
