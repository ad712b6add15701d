package portal

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed assets/*.css assets/*.js assets/*.svg
var assetFiles embed.FS

// assets are the files that pages use. Their address has what they say in it, so a
// browser keeps them for as long as they are the same.
type assets struct {
	edition string
	files   map[string]asset
}

type asset struct{ kind, plain, zip string }

// loadAssets reads and squeezes them, once in a process.
var loadAssets = sync.OnceValue(func() *assets {
	a := &assets{files: map[string]asset{}}
	all := sha256.New()
	names, err := fs.Glob(assetFiles, "assets/*")
	for _, name := range names {
		if err != nil {
			break
		}
		var data []byte
		data, err = assetFiles.ReadFile(name)
		all.Write([]byte(name))
		all.Write(data)
		a.files[path.Base(name)] = asset{mime.TypeByExtension(path.Ext(name)), string(data), zipped(data)}
	}
	if err != nil {
		panic(err) // they are embedded
	}
	a.edition = hex.EncodeToString(all.Sum(nil))[:12]
	return a
})

func zipped(data []byte) string {
	var b bytes.Buffer
	z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = z.Write(data)
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err) // in memory
	}
	return b.String()
}

// at is the address of a file.
func (a *assets) at(name string) string { return "/assets/" + a.edition + "/" + name }

// ServeHTTP answers a file of this edition, and of no other: an old page asks anew.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	file, known := a.files[r.PathValue("name")]
	if !known || r.PathValue("edition") != a.edition {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", file.kind)
	h.Set("Cache-Control", "public, max-age=31536000, immutable")
	h.Set("Vary", "Accept-Encoding")
	body := file.plain
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		h.Set("Content-Encoding", "gzip")
		body = file.zip
	}
	if _, err := w.Write([]byte(body)); err != nil {
		return // the browser went away
	}
}
