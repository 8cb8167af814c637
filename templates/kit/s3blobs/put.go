package s3blobs

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
)

// smallBlob is what a put holds beside the memory for parts, in bytes.
const smallBlob = 64 << 10

// atOnce is how many parts of one blob are sent at the same time.
const atOnce = 4

// memory is that for parts which are being read or sent.
type memory struct {
	tokens  chan struct{}
	buffers *sync.Pool
	wait    time.Duration
}

func newMemory(c Config) memory {
	return memory{make(chan struct{}, c.Memory/c.PartSize), &sync.Pool{New: func() any {
		b := make([]byte, c.PartSize)
		return &b
	}}, c.Timeout}
}

// take returns memory for a part, which must be given back. The error is Overloaded if none
// becomes free in time.
func (m memory) take(ctx context.Context) (*[]byte, error) {
	late := time.NewTimer(m.wait)
	defer late.Stop()
	select {
	case m.tokens <- struct{}{}:
		return m.buffers.Get().(*[]byte), nil
	case <-ctx.Done():
		return nil, kit.Wrap(kit.Unavailable, context.Cause(ctx), "the request ended before the blob was put")
	case <-late.C:
		return nil, kit.Errorf(kit.Overloaded, "all memory for parts of blobs is in use (blobs.s3.memory)")
	}
}

func (m memory) give(part *[]byte) {
	m.buffers.Put(part)
	<-m.tokens
}

// fill reads until a buffer is full, or to the end.
func fill(from io.Reader, buffer []byte) (n int, ended bool, err error) {
	for n < len(buffer) && err == nil {
		var m int
		m, err = from.Read(buffer[n:])
		n += m
	}
	if err == io.EOF { // one that wraps it is not the end
		return n, true, nil
	}
	return n, false, err
}

// Put keeps a blob: see blobs.Driver. The client reads what it sends twice, to sign it, so
// that a stream has to be in memory part by part.
func (b *Blobs) Put(ctx context.Context, name string, body *blobs.Body, how kit.BlobPut) (kit.Blob, error) {
	if err := b.open(); err != nil {
		return kit.Blob{}, err
	}
	small := make([]byte, smallBlob)
	n, ended, err := fill(body, small)
	if err != nil {
		return kit.Blob{}, err
	}
	if ended {
		return b.putWhole(ctx, name, small[:n], how)
	}
	part, err := b.memory.take(ctx)
	if err != nil {
		return kit.Blob{}, err
	}
	copy(*part, small)
	more, ended, err := fill(body, (*part)[n:])
	if err == nil && !ended {
		return b.putParts(ctx, name, part, body, how)
	}
	defer b.memory.give(part)
	if err != nil {
		return kit.Blob{}, err
	}
	return b.putWhole(ctx, name, (*part)[:n+more], how)
}

// put returns the blob that was put.
func put(name string, size int64, tag *string, how kit.BlobPut) kit.Blob {
	return kit.Blob{Name: name, Size: size, ETag: unquoted(tag), Type: how.Type, Meta: how.Meta, Modified: kit.SystemClock{}.Now()}
}

// condition returns the headers for the condition of a put, and how it is tried.
func condition(how kit.BlobPut) (ifMatch, ifNoneMatch *string, try []func(*s3.Options)) {
	if how.IfAbsent {
		ifNoneMatch = aws.String("*")
	}
	if ifMatch = quoted(how.IfMatch); ifMatch != nil || ifNoneMatch != nil {
		try = append(try, once)
	}
	return ifMatch, ifNoneMatch, try
}

// refused returns the error of a put.
func (b *Blobs) refused(ctx context.Context, name string, how kit.BlobPut, err error) error {
	conditional := how.IfAbsent || how.IfMatch != ""
	status := statusOf(err)
	if conditional && (status == http.StatusPreconditionFailed || status == http.StatusConflict || how.IfMatch != "" && absent(err)) {
		return blobs.Refused(name, how)
	}
	return b.config.explain(ctx, err)
}

// putWhole sends a blob that is in memory.
func (b *Blobs) putWhole(ctx context.Context, name string, data []byte, how kit.BlobPut) (kit.Blob, error) {
	in := &s3.PutObjectInput{
		Bucket: b.bucket(), Key: b.key(name), Body: bytes.NewReader(data), ContentLength: aws.Int64(int64(len(data))),
		ContentType: aws.String(how.Type), Metadata: escaped(how.Meta), ChecksumCRC32C: aws.String(blobs.SumOf(data).Text),
	}
	var try []func(*s3.Options)
	in.IfMatch, in.IfNoneMatch, try = condition(how)
	out, err := b.client.PutObject(ctx, in, try...)
	if err != nil {
		return kit.Blob{}, b.refused(ctx, name, how, err)
	}
	return put(name, int64(len(data)), out.ETag, how), nil
}

// upload is a blob that is put in parts.
type upload struct {
	*Blobs
	ctx    context.Context
	cancel context.CancelCauseFunc
	key    *string
	id     *string
	slots  chan struct{}
	work   sync.WaitGroup

	mu    sync.Mutex
	parts []types.CompletedPart // by number
	err   error                 // the first one
}

// putParts sends a blob of which the first part is in memory, which it gives back.
func (b *Blobs) putParts(ctx context.Context, name string, first *[]byte, body io.Reader, how kit.BlobPut) (kit.Blob, error) {
	meta := escaped(how.Meta)
	meta[partSize] = strconv.Itoa(b.config.PartSize)
	began, err := b.client.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: b.bucket(), Key: b.key(name), ContentType: aws.String(how.Type), Metadata: meta, ChecksumAlgorithm: types.ChecksumAlgorithmCrc32c,
	})
	if err != nil {
		b.memory.give(first)
		return kit.Blob{}, b.config.explain(ctx, err)
	}
	u := &upload{Blobs: b, key: b.key(name), id: began.UploadId, slots: make(chan struct{}, atOnce)}
	u.ctx, u.cancel = context.WithCancelCause(ctx)
	size, err := u.send(first, body)
	u.work.Wait()
	u.cancel(nil)
	if u.err != nil {
		err = u.err
	}
	var tag *string
	if err == nil {
		tag, err = u.complete(ctx, name, how)
	}
	if err != nil {
		cleanup, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.config.Timeout)
		defer cancel()
		_ = b.abort(cleanup, u.key, u.id) // Clean does it later
		return kit.Blob{}, err
	}
	return put(name, size, tag, how), nil
}

// send sends all parts, and returns how many bytes there are once all are on their way.
func (u *upload) send(part *[]byte, body io.Reader) (size int64, err error) {
	n, ended := len(*part), false
	for number := int32(1); ; number++ {
		size += int64(n)
		u.sendPart(number, part, n)
		if ended {
			return size, nil
		}
		if number == maxParts {
			return 0, kit.Errorf(kit.Invalid, "the blob has more than 10,000 parts (blobs.s3.part_size)")
		}
		if part, err = u.memory.take(u.ctx); err != nil {
			return 0, err
		}
		n, ended, err = fill(body, *part)
		if err != nil || n == 0 || u.ctx.Err() != nil {
			u.memory.give(part)
			return size, err
		}
	}
}

// sendPart begins to send a part, which is given back then.
func (u *upload) sendPart(number int32, part *[]byte, n int) {
	u.slots <- struct{}{}
	u.work.Go(func() {
		defer func() {
			u.memory.give(part)
			<-u.slots
		}()
		data := (*part)[:n]
		sum := aws.String(blobs.SumOf(data).Text)
		out, err := u.client.UploadPart(u.ctx, &s3.UploadPartInput{
			Bucket: u.bucket(), Key: u.key, UploadId: u.id, PartNumber: aws.Int32(number),
			Body: bytes.NewReader(data), ContentLength: aws.Int64(int64(n)), ChecksumCRC32C: sum,
		})
		u.mu.Lock()
		defer u.mu.Unlock()
		if err != nil {
			if u.err == nil {
				u.err = u.config.explain(u.ctx, err)
				u.cancel(u.err)
			}
			return
		}
		for len(u.parts) < int(number) {
			u.parts = append(u.parts, types.CompletedPart{})
		}
		u.parts[number-1] = types.CompletedPart{PartNumber: aws.Int32(number), ETag: out.ETag, ChecksumCRC32C: sum}
	})
}

// complete makes the parts the blob, if the condition holds.
func (u *upload) complete(ctx context.Context, name string, how kit.BlobPut) (tag *string, err error) {
	in := &s3.CompleteMultipartUploadInput{
		Bucket: u.bucket(), Key: u.key, UploadId: u.id, MultipartUpload: &types.CompletedMultipartUpload{Parts: u.parts},
	}
	var try []func(*s3.Options)
	in.IfMatch, in.IfNoneMatch, try = condition(how)
	out, err := u.client.CompleteMultipartUpload(ctx, in, try...)
	if err != nil {
		return nil, u.refused(ctx, name, how, err)
	}
	return out.ETag, nil
}

// abort removes the parts of a blob that is not completed.
func (b *Blobs) abort(ctx context.Context, key, id *string) error {
	_, err := b.client.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: b.bucket(), Key: key, UploadId: id})
	if statusOf(err) == http.StatusNotFound {
		return nil
	}
	return b.config.explain(ctx, err)
}
