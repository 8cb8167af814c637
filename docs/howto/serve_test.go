package howto

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

var (
	serving = regexp.MustCompile(`msg=serving url=(\S+)`)
	madeID  = regexp.MustCompile(`"id":"([^"]+)"`)
)

// requests are what the pages say to ask for, and the beginnings of the answers.
var requests = []struct{ method, path, body, status, want string }{
	{"POST", "/pictures", `{"title":"Ada"}`, "201", `"title":"Ada"`}, // blobs.md
	{"GET", "/pictures/ID/content", "", "404", "the picture has no content"},
	{"PUT", "/pictures/ID/content", "first", "204", ""},
	{"PUT", "/pictures/ID/content", "second", "204", ""},
	{"GET", "/pictures/ID/content", "", "200", "second"},
	{"DELETE", "/pictures/ID", "", "204", ""},
	{"GET", "/pictures/ID/content", "", "404", ""},
	{"POST", "/orders", `{"customer":"Ada","total":1000001,"status":"draft"}`, "422", `"field":"total"`},                       // config.md
	{"POST", "/orders", `{"customer":"<Ada>","total":-1,"status":"draft"}`, "422", `"field":"customer","message":"must match`}, // rules.md
	{"GET", "/openapi.json", "", "200", `"minimum": 0`},                                                                        //
	{"POST", "/orders", `{"customer":"Ada","total":1250,"status":"draft"}`, "201", `"customer":"Ada"`},                         //
	{"GET", "/orders/find-by-customer?customer=Ada&limit=10", "", "200", `{"items":[{`},                                        // operation.md
	{"POST", "/orders/ID/confirm", "", "204", ""},                                                                              //
	{"POST", "/orders/ID/confirm", "", "409", "the order is paid already"},                                                     //
	{"GET", "/customers/Ada/open-orders", "", "200", "0"},                                                                      //
	{"POST", "/orders/each", `{}`, "405", ""},                                                                                  //
	{"GET", "/hours", "", "200", "at all hours"},                                                                               // auth.md
	{"GET", "/my/orders", "", "401", "nobody has no orders"},                                                                   //
	{"GET", "/openapi.json", "", "200", "/orders/{id}/confirm"},                                                                //
	{"GET", "/totals/Ada", "", "200", `{"total":1250}`},                                                                        // route.md
	{"POST", "/orders/import", "Ada,100\nBob,250\n", "200", "2"},                                                               // streams.md
	{"POST", "/orders/import", "Ada,100\nBob,much\n", "422", "the last field of a line must be the total"},                     //
	{"GET", "/orders/export", "", "200", `"customer":"Bob"`},                                                                   //
	{"POST", "/mergers", `{"from":"ID","into":"0198c0f2-7d6e-7a3b-8c4d-5e6f70819203"}`, "404", ""},                             // transactions.md
	{"GET", "/metrics", "", "200", "mails_sent_total"},                                                                         // metrics.md
	{"GET", "/readyz", "", "503", `"mailer":{"status":"down","error":"the mail server cannot be reached"}`},                    // adapter.md
	{"GET", "/readyz", "", "503", `"maintenance":{"status":"down","error":"there is a file named maintenance"}`},               // ready.md
}

// asked has the program serve, which has what all pages say, and makes their requests.
func (p place) asked(program string) {
	p.Helper()
	// Nothing listens at port 1.
	cmd := exec.CommandContext(p.Context(), program, "--http.addr", "127.0.0.1:0", "--mailer.adapter", "smtp", "--mailer.smtp.addr", "127.0.0.1:1")
	cmd.Dir = p.TempDir()
	if err := os.WriteFile(filepath.Join(cmd.Dir, "maintenance"), nil, 0o600); err != nil {
		p.Fatal(err)
	}
	cmd.Env = append(cmd.Environ(), "SHOP_API_TOKEN=secret")
	read, write := io.Pipe()
	cmd.Stdout, cmd.Stderr = write, write
	if err := cmd.Start(); err != nil {
		p.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = write.CloseWithError(cmd.Wait())
	}()
	defer func() {
		_ = cmd.Process.Kill()
		<-ended
	}()
	var address string
	log, reported := bufio.NewScanner(read), false
	for address == "" || !reported { // background.md
		if !log.Scan() {
			p.Fatalf("it does not serve: %v", log.Err())
		}
		if found := serving.FindStringSubmatch(log.Text()); found != nil {
			address = found[1]
		}
		reported = reported || strings.Contains(log.Text(), "msg=report orders=false")
	}
	go func() { _, _ = io.Copy(io.Discard, read) }()
	id := ""
	for _, r := range requests {
		path := strings.Replace(r.path, "ID", id, 1)
		status, body := p.ask(r.method, address+path, strings.Replace(r.body, "ID", id, 1), "Bearer secret")
		if status != r.status || !strings.Contains(body, r.want) {
			p.Errorf("%s %s is answered %s and %s, want %s and %s", r.method, path, status, body, r.status, r.want)
		}
		if found := madeID.FindStringSubmatch(body); found != nil && r.status == "201" {
			id = found[1]
		}
	}
	if status, body := p.ask("GET", address+"/orders", "", ""); status != "401" { // middleware.md
		p.Errorf("without a token the answer is %s and %s", status, body)
	}
}

// ask makes a request.
func (p place) ask(method, url, body, authorization string) (status, answer string) {
	p.Helper()
	req, err := http.NewRequestWithContext(p.Context(), method, url, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	req.Header.Set("Authorization", authorization)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		p.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		p.Fatal(err)
	}
	return resp.Status[:3], string(text)
}
