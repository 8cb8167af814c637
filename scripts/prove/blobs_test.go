package prove

import (
	"context"
	"crypto/sha256"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// fileRoutes serve blobs by their names, and make links.
const fileRoutes = `package main

import (
	"net/http"
	"time"

	"example.com/shop/kit"
	"example.com/shop/kit/httpserver"
)

func mountFiles(s *httpserver.Server, b kit.Blobs) {
	s.Blobs("/files", b, func(*http.Request, string) error { return nil })
	s.Get("/links/{method}/{name}", func(r *httpserver.Request) (httpserver.Response, error) {
		link, err := b.Link(r.Context(), r.PathValue("method"), r.PathValue("name"), time.Hour)
		if err != nil {
			return httpserver.Response{}, err
		}
		return httpserver.JSON(map[string]string{"link": link})
	})
}
`

func shopWithBlobs(t *testing.T) builtProject {
	t.Helper()
	return shared(t, "blobs", func(t *testing.T, folder string) project {
		p := scaffoldWith(t, folder, []string{
			"--with", "store=sqlite", "--with", "bus=channels", "--with", "blobs=folder,s3",
		}, "order customer:string total:int64")
		p.write(t, "files.go", fileRoutes)
		p.edit(t, "main.go", "\t\tderived(c.Derived),\n", "\t\tderived(c.Derived),\n\t\trun.Routes(mountFiles),\n")
		return p
	})
}

// onS3 returns the variables that move a project to S3.
func onS3(url string) []string {
	return []string{
		"SHOP_BLOBS_ADAPTER=s3", "SHOP_BLOBS_S3_ENDPOINT=" + url, "SHOP_BLOBS_S3_ACCESS_KEY=" + testserver.S3AccessKey,
		"SHOP_BLOBS_S3_SECRET_KEY=" + testserver.S3SecretKey, "SHOP_BLOBS_S3_PART_SIZE=5242880", "SHOP_BLOBS_S3_TIMEOUT=2s",
	}
}

// TestSwapOfBlobs swaps the blobs of a service by variables alone. Each keeps what was put
// over a restart, nothing of what was cut off by kill -9, and nobody waits for long while its
// server is killed.
func TestSwapOfBlobs(t *testing.T) {
	server := testserver.StartS3(t)
	p, dir, addr := shopWithBlobs(t), t.TempDir(), freeAddr(t)
	large := strings.Repeat("0123456789abcdef", 12<<20/16)
	for adapter, variables := range map[string][]string{"folder": nil, "s3": onS3(server.URL())} {
		s := startWith(t, variables, p.binary, dir, addr)
		s.must(t, http.StatusNotFound, http.MethodGet, "/files/a/large", "")
		s.must(t, http.StatusNoContent, http.MethodPut, "/files/a/large", large, "Content-Type", "text/plain", "If-None-Match", "*")
		s.must(t, http.StatusPreconditionFailed, http.MethodPut, "/files/a/large", "other", "If-None-Match", "*")
		s.usesLinks(t)
		s.cutOff(t)
		s = startWith(t, variables, p.binary, dir, addr)
		s.must(t, http.StatusNotFound, http.MethodGet, "/files/cut", "")
		whole := s.must(t, http.StatusOK, http.MethodGet, "/files/a/large", "")
		if string(whole.body) != large || whole.header.Get("Content-Type") != "text/plain" {
			t.Errorf("%s: %d bytes of %s", adapter, len(whole.body), whole.header.Get("Content-Type"))
		}
		part := s.must(t, http.StatusPartialContent, http.MethodGet, "/files/a/large", "", "Range", "bytes=16-19")
		s.must(t, http.StatusNotModified, http.MethodGet, "/files/a/large", "", "If-None-Match", whole.header.Get("ETag"))
		if string(part.body) != "0123" {
			t.Errorf("%s: a range is %q", adapter, part.body)
		}
		if adapter == "s3" {
			s.withoutBlobs(t, server)
		}
		s.stop(t)
		fmt.Printf("swapped to the blobs %s: sha256 %x\n", adapter, sha256.Sum256(whole.body))
	}
}

// usesLinks puts and gets a blob by links alone.
func (s *service) usesLinks(t *testing.T) {
	t.Helper()
	for _, method := range []string{http.MethodPut, http.MethodGet} {
		link := fmt.Sprint(s.must(t, http.StatusOK, http.MethodGet, "/links/"+method+"/linked", "").value(t)["link"])
		if strings.HasPrefix(link, "/") {
			link = s.url + link
		}
		body := map[string]string{http.MethodPut: "by a link"}[method]
		r, err := http.NewRequestWithContext(t.Context(), method, link, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		said, err := io.ReadAll(response.Body)
		_ = response.Body.Close()
		if err != nil || response.StatusCode/100 != 2 || method == http.MethodGet && string(said) != "by a link" {
			t.Errorf("%s %s: %d %s %v", method, link, response.StatusCode, said, err)
		}
	}
}

// cutOff kills the service in the middle of an upload.
func (s *service) cutOff(t *testing.T) {
	t.Helper()
	body, more := io.Pipe()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan struct{})
	go func() {
		defer close(done)
		r, err := http.NewRequestWithContext(ctx, http.MethodPut, s.url+"/files/cut", body)
		if err != nil {
			t.Error(err)
			return
		}
		if response, err := http.DefaultClient.Do(r); err == nil {
			_ = response.Body.Close()
			t.Errorf("half of a body is answered with %d", response.StatusCode)
		}
	}()
	if _, err := more.Write(make([]byte, 7<<20)); err != nil {
		t.Error(err)
	}
	s.kill()
	_ = more.CloseWithError(io.ErrUnexpectedEOF)
	<-done
}

// withoutBlobs shows that a service whose server of blobs is killed says so, is ready but
// behind, and uses it again when it is back.
func (s *service) withoutBlobs(t *testing.T, server *testserver.Server) {
	t.Helper()
	server.Kill()
	s.must(t, http.StatusServiceUnavailable, http.MethodGet, "/files/a/large", "")
	s.must(t, http.StatusCreated, http.MethodPost, "/orders", `{"customer":"Ada","total":1}`)
	s.awaitHealth(t, "behind")
	server.Start()
	s.awaitHealth(t, "ready")
	s.must(t, http.StatusOK, http.MethodGet, "/files/a/large", "")
}

// TestBlobsAtTheStart shows that blobs which are away are told, and that those which cannot
// be right end the start.
func TestBlobsAtTheStart(t *testing.T) {
	p, dir := shopWithBlobs(t), t.TempDir()
	url := testserver.S3(t)
	for name, text := range map[string]string{"file": "", "theirs/folder.json": `{"project":"bakery","id":"1"}`, "else/notes.txt": ""} {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(at, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, f := range []startFault{
		{name: "blobs (folder) below a file", variables: []string{"SHOP_BLOBS_FOLDER_PATH=file/blobs"}, says: "cannot be written", change: "SHOP_BLOBS_FOLDER_PATH"},
		{name: "blobs (folder) another project's", variables: []string{"SHOP_BLOBS_FOLDER_PATH=theirs"}, says: "bakery", change: "SHOP_BLOBS_FOLDER_PATH"},
		{name: "blobs (folder) something else", variables: []string{"SHOP_BLOBS_FOLDER_PATH=else"}, says: "notes.txt", change: "SHOP_BLOBS_FOLDER_PATH"},
		{name: "blobs (s3) no bucket", variables: append(onS3(url), "SHOP_BLOBS_S3_BUCKET=nothing"), says: "there is no bucket", change: "SHOP_BLOBS_S3_BUCKET"},
		{name: "blobs (s3) wrong secret", variables: append(onS3(url), "SHOP_BLOBS_S3_SECRET_KEY="+password), says: "secret key is wrong", change: "SHOP_BLOBS_S3_SECRET_KEY"},
		{name: "blobs (s3) unknown key", variables: append(onS3(url), "SHOP_BLOBS_S3_ACCESS_KEY=nobody"), says: "access key is unknown", change: "SHOP_BLOBS_S3_ACCESS_KEY"},
		{name: "blobs (s3) unknown host", variables: append(onS3(url), "SHOP_BLOBS_S3_ENDPOINT=http://nowhere.invalid"), says: "no address", change: "SHOP_BLOBS_S3_ENDPOINT"},
	} {
		t.Run(f.name, func(t *testing.T) { f.isTold(t, p.binary, dir) })
	}
	t.Run("away", func(t *testing.T) {
		variables := onS3("http://" + freeAddr(t))
		s := startWith(t, variables, p.binary, dir, freeAddr(t))
		s.must(t, http.StatusServiceUnavailable, http.MethodGet, "/files/a", "")
		s.stop(t)
		if log := s.output.String(); !strings.Contains(log, "the blobs are away") || !strings.Contains(log, "SHOP_BLOBS_S3_ENDPOINT") {
			t.Errorf("the log does not tell it:\n%s", log)
		}
		checked, _ := mustNotStart(t, p.binary, dir, variables, "check")
		if !strings.Contains(checked, "FAIL  blobs") || !strings.Contains(checked, "SHOP_BLOBS_S3_ENDPOINT") {
			t.Errorf("check does not tell it:\n%s", checked)
		}
	})
}

var blobSize = flag.Int64("blob-size", 300_000_000, "how large the blob of TestBlobsInLittleMemory is, in bytes; up to 1,073,741,824")

// TestBlobsInLittleMemory puts and gets a large blob through the service, and tells the most
// memory that it has used.
func TestBlobsInLittleMemory(t *testing.T) {
	const most = 128 << 20 // bytes; the parts alone are 64 MiB
	p, dir, addr := shopWithBlobs(t), t.TempDir(), freeAddr(t)
	for adapter, variables := range map[string][]string{"folder": nil, "s3": append(onS3(testserver.S3(t)), "SHOP_BLOBS_S3_TIMEOUT=60s")} {
		s := startWith(t, variables, p.binary, dir, addr)
		began := time.Now()
		s.putAndGet(t, *blobSize)
		peak := peakMemory(t, s.cmd.Process.Pid)
		fmt.Printf("%d bytes put and got, blobs %s: peak memory %d MiB, %.0f s\n", *blobSize, adapter, peak>>20, time.Since(began).Seconds())
		if peak > most {
			t.Errorf("%s: %d bytes of memory", adapter, peak)
		}
		s.must(t, http.StatusNoContent, http.MethodPut, "/files/large", "")
		s.stop(t)
	}
}

// putAndGet puts a blob, and gets it again.
func (s *service) putAndGet(t *testing.T, size int64) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.url+"/files/large", io.LimitReader(zeros{}, size))
	if err != nil {
		t.Fatal(err)
	}
	put, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	_ = put.Body.Close()
	get, err := http.Get(s.url + "/files/large")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = get.Body.Close() }()
	if n, err := io.Copy(io.Discard, get.Body); n != size || err != nil || put.StatusCode != http.StatusNoContent {
		t.Fatalf("put with %d, got %d bytes, %v\n%s", put.StatusCode, n, err, s.lately())
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}

// peakMemory returns the most that a process has had of its memory at once, in bytes.
func peakMemory(t *testing.T, pid int) (kib int64) {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	if _, err := fmt.Sscan(after, &kib); err != nil {
		t.Fatal(err)
	}
	return kib << 10
}
