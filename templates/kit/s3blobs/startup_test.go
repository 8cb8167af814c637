package s3blobs_test

import (
	"testing"
	"time"

	"github.com/outgrowkit/outgrow/templates/kit"
	"github.com/outgrowkit/outgrow/templates/kit/blobs"
	"github.com/outgrowkit/outgrow/templates/kit/blobstest"
	"github.com/outgrowkit/outgrow/templates/kit/brokertest"
	"github.com/outgrowkit/outgrow/templates/kit/s3blobs"
	"github.com/outgrowkit/outgrow/templates/kit/testserver"
)

// TestStartUpFaults shows that what is wrong is told soon, with the key to change.
func TestStartUpFaults(t *testing.T) {
	url := testserver.S3(t)
	cert, key := brokertest.Certificate(t)
	secure := testserver.StartS3TLS(t, cert, key).Addr()
	ca := brokertest.WriteFile(t, "ca.pem", cert)
	answer := func(text string) string { return "http://" + brokertest.Pretend(t, brokertest.Answers(text)) }
	faults := map[string]blobstest.Fault{}
	for name, f := range map[string]struct {
		change    func(*s3blobs.Config)
		code      kit.Code
		says, key string
	}{
		"unknown access key": {func(c *s3blobs.Config) { c.AccessKey = "nobody" }, kit.Invalid, "access key is unknown", "access_key"},
		"wrong secret key":   {func(c *s3blobs.Config) { c.SecretKey = kit.NewSecret("hidden") }, kit.Invalid, "secret key is wrong", "secret_key"},
		"no rights":          {func(c *s3blobs.Config) { c.AccessKey = "reader" }, kit.Invalid, "may not do that", "access_key"},
		"no keys":            {func(c *s3blobs.Config) { c.AccessKey = "" }, kit.Invalid, "may not do that", "access_key"},
		"no bucket":          {func(c *s3blobs.Config) { c.Bucket = "nothing" }, kit.Invalid, "there is no bucket", "bucket"},
		"unknown host":       {func(c *s3blobs.Config) { c.Endpoint = "http://nowhere.invalid" }, kit.Invalid, "no address", "endpoint"},
		"refused port":       {func(c *s3blobs.Config) { c.Endpoint = "http://127.0.0.1:" + brokertest.FreePort(t) }, kit.Unavailable, "does not answer: dial tcp", "endpoint"},
		"silent server":      {func(c *s3blobs.Config) { c.Endpoint = "http://" + brokertest.Pretend(t, nil) }, kit.Unavailable, "does not answer", "endpoint"},
		"a page": {func(c *s3blobs.Config) {
			c.Endpoint = answer("HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 22\r\n\r\n<html><p>Hello!</html>")
		}, kit.Invalid, "not S3", "endpoint"},
		"no page": {func(c *s3blobs.Config) {
			c.Endpoint = answer("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot found")
		}, kit.Invalid, "not S3", "endpoint"},
		"elsewhere": {func(c *s3blobs.Config) {
			c.Endpoint = answer("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n")
		}, kit.Invalid, "not S3", "endpoint"},
		"Redis":               {func(c *s3blobs.Config) { c.Endpoint = answer("-ERR unknown command\r\n") }, kit.Invalid, "not S3", "endpoint"},
		"TLS wanted":          {func(c *s3blobs.Config) { c.Endpoint = "https" + url[4:] }, kit.Invalid, "does not use TLS", "endpoint"},
		"TLS not wanted":      {func(c *s3blobs.Config) { c.Endpoint = "http://" + secure }, kit.Invalid, "not S3", "endpoint"},
		"unknown certificate": {func(c *s3blobs.Config) { c.Endpoint = "https://" + secure }, kit.Invalid, "not trusted", "ca_file"},
		"no such CA file":     {func(c *s3blobs.Config) { c.CAFile = "none.pem" }, kit.Invalid, "none.pem", "ca_file"},
		"no such certificate": {func(c *s3blobs.Config) { c.CertFile, c.KeyFile = "none.pem", "none.pem" }, kit.Invalid, "none.pem", "cert_file"},
	} {
		c := at(url, patient)
		if f.code == kit.Unavailable {
			c.Timeout = time.Second
		}
		f.change(&c)
		faults[name] = blobstest.Fault{
			Open: func() (blobs.Driver, error) { return s3blobs.New("shop", c) },
			Code: f.code, Says: f.says, Key: f.key,
		}
	}
	t.Run("faults", func(t *testing.T) { blobstest.StartUp(t, s3blobs.Config{}.KeyOf, faults) })
	c := at("https://"+secure, patient)
	c.CAFile = ca
	if err := open(t, c).Ping(t.Context()); err != nil {
		t.Errorf("TLS: %v", err)
	}
}

// TestConfigIsChecked shows what is refused.
func TestConfigIsChecked(t *testing.T) {
	secret := kit.NewSecret("secret")
	for want, c := range map[string]s3blobs.Config{
		"":          {AccessKey: "a", SecretKey: secret, Endpoint: "https://s3.eu-central-1.amazonaws.com"},
		"Endpoint":  {Endpoint: "127.0.0.1:8333"},
		"Bucket":    {Bucket: "Our Bucket"},
		"AccessKey": {SecretKey: secret},
		"CertFile":  {CertFile: "a.pem"},
		"Prefix":    {Prefix: "a/b"},
		"Timeout":   {Timeout: time.Hour},
		"PartSize":  {PartSize: 1000},
		"Memory":    {Memory: 1000},
	} {
		got := ""
		c.Check(func(field, _ string) { got += field })
		if got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}
