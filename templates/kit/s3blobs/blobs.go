package s3blobs

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
)

// Blobs is a blobs.Driver on a server.
type Blobs struct {
	config    Config
	client    *s3.Client
	transport *http.Transport
	memory    memory
	closed    atomic.Bool
}

// New returns the blobs of a service. A server that is away is no error: Ping says why it
// is. The error is Invalid if the configuration cannot be right.
func New(service string, c Config) (*Blobs, error) {
	c = c.filled(service)
	client, transport, err := c.client()
	if err != nil {
		return nil, err
	}
	b := &Blobs{config: c, client: client, transport: transport, memory: newMemory(c)}
	if err := b.Ping(context.Background()); err != nil && kit.CodeOf(err) != kit.Unavailable {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

func (b *Blobs) open() error {
	if b.closed.Load() {
		return kit.Errorf(kit.Unavailable, "the blobs are closed")
	}
	return nil
}

func (b *Blobs) key(name string) *string { return aws.String(b.config.Prefix + "/" + name) }

func (b *Blobs) bucket() *string { return aws.String(b.config.Bucket) }

// explain returns an error of a request for a blob.
func (b *Blobs) explain(ctx context.Context, name string, err error) error {
	if absent(err) {
		return blobs.Absent(name)
	}
	return b.config.explain(ctx, err)
}

// absent reports whether a server says that there is no such blob. HEAD has no code of its
// own.
func absent(err error) bool { return codeOf(err) == "NoSuchKey" || codeOf(err) == "NotFound" }

// codeOf returns the code that a server gives an error, or "".
func codeOf(err error) string {
	if told, ok := errors.AsType[smithy.APIError](err); ok {
		return told.ErrorCode()
	}
	return ""
}

func unquoted(tag *string) string { return strings.Trim(aws.ToString(tag), `"`) }

// quoted returns a tag as HTTP has it, or nil for none.
func quoted(tag string) *string {
	if tag == "" {
		return nil
	}
	return aws.String(`"` + tag + `"`)
}

// partSize is the key of the metadata which tells in parts of how many bytes a blob was put,
// if it was in several. No key of the service's can be the same.
const partSize = "kit.part"

// escaped returns metadata as headers can have it.
func escaped(meta map[string]string) map[string]string {
	all := make(map[string]string, len(meta)+1)
	for key, value := range meta {
		all[key] = url.PathEscape(value)
	}
	return all
}

// described returns a blob as headers describe it.
func described(name string, size int64, tag, kind *string, modified *time.Time, meta map[string]string) (kit.Blob, int64) {
	blob := kit.Blob{Name: name, Size: size, ETag: unquoted(tag), Type: aws.ToString(kind), Modified: aws.ToTime(modified)}
	part := int64(0)
	for key, value := range meta {
		if key == partSize {
			part, _ = strconv.ParseInt(value, 10, 64) // it is not compared if it is wrong
			continue
		}
		if blob.Meta == nil {
			blob.Meta = map[string]string{}
		}
		if plain, err := url.PathUnescape(value); err == nil {
			value = plain
		}
		blob.Meta[key] = value
	}
	return blob, part
}

// Get returns a blob: see blobs.Driver.
func (b *Blobs) Get(ctx context.Context, name string, what kit.BlobGet) (blobs.Object, error) {
	if err := b.open(); err != nil {
		return blobs.Object{}, err
	}
	in := &s3.GetObjectInput{Bucket: b.bucket(), Key: b.key(name), IfMatch: quoted(what.IfMatch), IfNoneMatch: quoted(what.IfNoneMatch)}
	if what.Offset > 0 || what.Length > 0 {
		in.Range = aws.String(rangeOf(what))
	}
	out, err := b.client.GetObject(ctx, in, s3.WithAPIOptions(smithyhttp.SetHeaderValue("x-amz-checksum-mode", "ENABLED")))
	switch statusOf(err) {
	case http.StatusNotModified:
		return blobs.Object{Blob: kit.Blob{Name: name, ETag: what.IfNoneMatch}}, nil
	case http.StatusPreconditionFailed:
		return blobs.Object{}, blobs.Changed(name)
	case http.StatusRequestedRangeNotSatisfiable:
		return blobs.Object{}, blobs.OutOfRange(name, what.Offset)
	}
	if err != nil {
		return blobs.Object{}, b.explain(ctx, name, err)
	}
	size := aws.ToInt64(out.ContentLength)
	if _, whole, ok := strings.Cut(aws.ToString(out.ContentRange), "/"); ok {
		if size, err = strconv.ParseInt(whole, 10, 64); err != nil {
			return blobs.Object{}, errors.Join(kit.Wrap(kit.Internal, err, "the server does not tell how large the blob is"), out.Body.Close())
		}
	}
	blob, part := described(name, size, out.ETag, out.ContentType, out.LastModified, out.Metadata)
	return blobs.Object{Blob: blob, Body: out.Body, Sum: sumOf(aws.ToString(out.ChecksumCRC32C), part)}, nil
}

func rangeOf(what kit.BlobGet) string {
	text := "bytes=" + strconv.FormatInt(what.Offset, 10) + "-"
	if what.Length > 0 {
		text += strconv.FormatInt(what.Offset+what.Length-1, 10)
	}
	return text
}

// sumOf returns the sum that a server has of a blob, if it can be computed again.
func sumOf(text string, part int64) blobs.Sum {
	composite := strings.Contains(text, "-")
	switch {
	case composite && part <= 0:
		return blobs.Sum{}
	case !composite:
		part = 0
	}
	return blobs.Sum{Text: text, Part: part}
}

// Stat returns a blob: see blobs.Driver.
func (b *Blobs) Stat(ctx context.Context, name string) (kit.Blob, error) {
	if err := b.open(); err != nil {
		return kit.Blob{}, err
	}
	out, err := b.client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: b.bucket(), Key: b.key(name)})
	if err != nil {
		return kit.Blob{}, b.explain(ctx, name, err)
	}
	blob, _ := described(name, aws.ToInt64(out.ContentLength), out.ETag, out.ContentType, out.LastModified, out.Metadata)
	return blob, nil
}

// Copy puts what another blob has: see blobs.Driver. S3 does it for up to 5 GiB.
func (b *Blobs) Copy(ctx context.Context, from, to string) (kit.Blob, error) {
	if err := b.open(); err != nil {
		return kit.Blob{}, err
	}
	_, err := b.client.CopyObject(ctx, &s3.CopyObjectInput{
		Bucket: b.bucket(), Key: b.key(to), CopySource: aws.String(b.config.Bucket + "/" + *b.key(from)),
	})
	if err != nil {
		return kit.Blob{}, b.explain(ctx, from, err)
	}
	return b.Stat(ctx, to)
}

// Delete removes a blob: see blobs.Driver.
func (b *Blobs) Delete(ctx context.Context, name string) error {
	if err := b.open(); err != nil {
		return err
	}
	_, err := b.client.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: b.bucket(), Key: b.key(name)})
	if absent(err) {
		return nil
	}
	return b.config.explain(ctx, err)
}

// List returns a page of blobs: see blobs.Driver. Keys that no blob has are left out.
func (b *Blobs) List(ctx context.Context, prefix, cursor string, limit int) (page []kit.Blob, next string, err error) {
	if err := b.open(); err != nil {
		return nil, "", err
	}
	in := &s3.ListObjectsV2Input{Bucket: b.bucket(), Prefix: b.key(prefix), MaxKeys: aws.Int32(int32(limit))}
	if cursor != "" {
		in.ContinuationToken = aws.String(cursor)
	}
	out, err := b.client.ListObjectsV2(ctx, in)
	if cursor != "" && statusOf(err) == http.StatusBadRequest {
		return nil, "", blobs.BadCursor(cursor)
	}
	if err != nil {
		return nil, "", b.config.explain(ctx, err)
	}
	for _, o := range out.Contents {
		name := strings.TrimPrefix(aws.ToString(o.Key), *b.key(""))
		if blobs.Valid(name) {
			blob, _ := described(name, aws.ToInt64(o.Size), o.ETag, nil, o.LastModified, nil)
			page = append(page, blob)
		}
	}
	return page, aws.ToString(out.NextContinuationToken), nil
}

// Link returns a URL that is signed for the server: see blobs.Driver.
func (b *Blobs) Link(ctx context.Context, method, name string, expires time.Duration) (string, error) {
	if err := b.open(); err != nil {
		return "", err
	}
	signing, until := s3.NewPresignClient(b.client), s3.WithPresignExpires(expires)
	if method == http.MethodPut {
		signed, err := signing.PresignPutObject(ctx, &s3.PutObjectInput{Bucket: b.bucket(), Key: b.key(name)}, until)
		if err != nil {
			return "", b.config.explain(ctx, err)
		}
		return signed.URL, nil
	}
	signed, err := signing.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: b.bucket(), Key: b.key(name)}, until)
	if err != nil {
		return "", b.config.explain(ctx, err)
	}
	return signed.URL, nil
}

// Clean ends uploads in parts that began before a time: see blobs.Driver.
func (b *Blobs) Clean(ctx context.Context, since time.Time) error {
	if err := b.open(); err != nil {
		return err
	}
	in := &s3.ListMultipartUploadsInput{Bucket: b.bucket(), Prefix: b.key("")}
	for {
		out, err := b.client.ListMultipartUploads(ctx, in)
		if err != nil {
			return b.config.explain(ctx, err)
		}
		for _, u := range out.Uploads {
			if u.Initiated == nil || !u.Initiated.Before(since) {
				continue
			}
			if err := b.abort(ctx, u.Key, u.UploadId); err != nil {
				return err
			}
		}
		if !aws.ToBool(out.IsTruncated) {
			return nil
		}
		in.KeyMarker, in.UploadIdMarker = out.NextKeyMarker, out.NextUploadIdMarker
	}
}

// Ping asks for the first blob, whose answer tells what is wrong with the bucket and the
// keys.
func (b *Blobs) Ping(ctx context.Context) error {
	if err := b.open(); err != nil {
		return err
	}
	_, err := b.client.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: b.bucket(), Prefix: b.key(""), MaxKeys: aws.Int32(1)})
	code, status := codeOf(err), statusOf(err)
	if code != "" && status < http.StatusInternalServerError && code == strings.ReplaceAll(http.StatusText(status), " ", "") {
		return kit.Wrap(kit.Invalid, err, "what answers at "+b.config.Endpoint+" is not S3") // its answer has no code
	}
	return b.config.explain(ctx, err)
}

// Close ends connections that are not in use.
func (b *Blobs) Close() error {
	b.closed.Store(true)
	b.transport.CloseIdleConnections()
	return nil
}
