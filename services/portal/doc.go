// Package portal is what people see: pages made on the server, for a phone and
// for an old desktop, that read and file without JavaScript.
//
// It holds no figure and decides nothing. Whatever a page shows or does, it asks
// of the HTTP API with the session of the person who looks (ask.go), so nobody can
// do in the portal what the table of rights refuses them, and the audit log says
// the same of both. What the API refuses is shown in the API's own sentences.
//
// A page is a handler in the file of its subject (instance.go, sign.go …) and a
// template beside it (instance.templ). `make gen` writes the *_templ.go files.
package portal
