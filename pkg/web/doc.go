// Package web is what the HTTP answers of all services have in common, over
// huma on net/http's ServeMux: who registers a route describes it, and the
// OpenAPI 3.1 document is what was registered.
//
//   - Whatever is refused is refused as a Problem: a code for programs and a
//     sentence in Chinese and English. That holds for unknown paths, methods and
//     query parameters, for pages of other sites, for a handler that panics, and
//     for what huma itself would say in English.
//   - A route is in the document, and what is in the document is a route.
//   - Inputs are read as texts, so that what is wrong with one is said by the
//     service, in its own words. Bodies are streams: nothing of them is held in
//     memory unless the handler asks for that.
//   - An answer that breaks off breaks the connection, so that nobody takes a part
//     for the whole.
//
// A service has one function, Routes(api *web.API), in which it registers what it
// answers with Register.
package web
